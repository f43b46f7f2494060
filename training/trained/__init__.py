"""What is done to a network once it is trained."""
