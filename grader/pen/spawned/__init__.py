"""On the path of a submission: what a process that it starts without a fork finds its functions by."""
