// Package approval is a rule engine: it says by which rules an order may be
// approved, and whether the approvals that it has are enough. It is pure: it
// reads no clock, no store and no configuration.
//
// # First match, for each line
//
// A [Policy] is compiled of [Rule] values. The first that fits a line of an
// order is the one for that line; the last, [Settings], fits everything. What
// the order needs are the [Needs] of the rules of its lines, joined, so that no
// line can bring another past a strict rule.
//
// # Joining
//
// Needs form a semilattice: [Needs.Join] is commutative, associative and
// idempotent, and what satisfies a join satisfies both of its parts. What an
// order was asked under and what the present rules say are joined in the same
// way.
//
// # Who counts
//
// An [Approval] counts as that of a person, with the roles that [People] and
// the person's surface know, and of everybody for whom the person stands in
// while they are away.
package approval
