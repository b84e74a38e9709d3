"""The tools the model is offered, a file per noun."""
