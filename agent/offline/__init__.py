"""The rules of the offline model: phrase tables and slot pickers, no language understanding.

A thread is read (`reading`), its language guessed (`language`), the customer's turn classified (`intents`) and its
figures picked (`slots`); a play (`selling`, `booking`, `talking`) then asks for tools or says something in that
language (`voice`). Everything is a pure function of the messages: same input, same output.
"""
