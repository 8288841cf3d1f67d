package proof_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/proof"
)

// TestGrowthGoesOn holds that a tree grows on from any size to the root of the whole,
// having read no more of the entries before than make one kept node, and that a kept
// node of what came since which is another is found.
func TestGrowthGoesOn(t *testing.T) {
	t.Parallel()
	whole := &log{}
	whole.add(entries(1, 70_000)...)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.Int64Range(1, 1100), rapid.Int64Range(65_000, 70_000)).Draw(t, "size")
		from := rapid.Int64Range(0, size).Draw(t, "from")
		l := &log{leaves: whole.leaves, nodes: slices.Clone(whole.nodes)}
		tree := proof.NewTree(l, size)
		g, err := tree.Growth(from)
		if err != nil || g.Size() != from || l.read > proof.Span {
			t.Fatalf("got %v %v, having read %d entries", g, err, l.read)
		}
		before, err := tree.Root(from)
		if err != nil || g.Root() != before {
			t.Fatalf("before: got %v %v, want %v", g.Root(), err, before)
		}
		for _, leaf := range whole.leaves[from:size] {
			g.Add(leaf)
		}
		if root, err := tree.Root(size); err != nil || g.Root() != root {
			t.Fatalf("got %v, want %v %v", g.Root(), root, err)
		}
		if err := tree.Hold(g.Nodes); err != nil || len(tree.Made()) > 0 {
			t.Fatalf("got %v and %d made, want what is kept", err, len(tree.Made()))
		}
		if len(g.Nodes) == 0 {
			return
		}
		bad := rapid.SampledFrom(g.Nodes).Draw(t, "bad")
		i := slices.Index(l.nodes, bad)
		gone := proof.NewTree(&log{leaves: whole.leaves, nodes: slices.Delete(slices.Clone(l.nodes), i, i+1)}, size)
		if err := gone.Hold(g.Nodes); err != nil || !slices.Equal(gone.Made(), []proof.Node{bad}) {
			t.Fatalf("not kept: got %v %v, want it made", gone.Made(), err)
		}
		l.nodes[i].Hash[3] ^= 1
		var found *proof.NodeError
		if err := tree.Hold(g.Nodes); !errors.As(err, &found) || found.N != bad.N || found.Level != bad.Level {
			t.Fatalf("got %v, want node %d of level %d found", err, bad.N, bad.Level)
		}
	})
}
