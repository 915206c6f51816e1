"""Fashion-MNIST from its files to a shipped network and a report that can be looked at."""
