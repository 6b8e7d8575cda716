"""What is learned by gradient descent: rules, and controllers of a memory."""
