import fc from "fast-check";

// That a property fails is enough to kill a mutant; the smallest counterexample is of no use.
fc.configureGlobal({ endOnFailure: true });
