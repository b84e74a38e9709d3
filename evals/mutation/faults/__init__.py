"""The planted faults: a module for each part of the product that may go wrong. Standard library only at the top, as
every process of the installation loads them; what a fault needs of the product it takes from where it is planted."""
