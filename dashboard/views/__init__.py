"""One page each. A view only arranges: inputs, one service call, builders; no arithmetic here."""
