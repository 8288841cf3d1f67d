package store_test

import (
	"slices"
	"testing"

	"didops/internal/audit"
	"didops/internal/proof"
	"didops/internal/store"
)

// grown is the tree over the whole trail.
func grown(t *testing.T, s *store.Store) *proof.Growth {
	t.Helper()
	var g proof.Growth
	read(t, s.Audit(), func(tx audit.Tx) error {
		return tx.Entries(func(k audit.Kept) error {
			g.Add(proof.Leaf(k.Text))
			return nil
		})
	})
	return &g
}

func nodes(t *testing.T, s *store.Store) []proof.Node {
	t.Helper()
	var list []proof.Node
	read(t, s.Audit(), func(tx audit.Tx) error {
		for _, level := range []int{8, 16, 24} {
			more, err := tx.Nodes(level, 0, 1<<40)
			if err != nil {
				return err
			}
			list = append(list, more...)
		}
		return nil
	})
	return list
}

// TestNodesOfTheTrail holds that entries leave the nodes that they complete,
// one at a time or many at once, and that those of before are kept later.
func TestNodesOfTheTrail(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		where := place(t)
		s := at(t, where)
		for _, n := range []int{1, 254, 1, 1, 300, 500} {
			trail(t, s, slices.Repeat([]string{"sent"}, n)...)
		}
		g := grown(t, s)
		if got := nodes(t, s); len(got) != 4 || !slices.Equal(got, g.Nodes) {
			t.Errorf("got %v, want %v", got, g.Nodes)
		}
		head := prove(t, s, g)
		if _, err := raw(t, where).ExecContext(t.Context(), `DELETE FROM audit_nodes WHERE n <> 2`); err != nil {
			t.Fatal(err)
		}
		if again := prove(t, s, g); again != head {
			t.Errorf("without what was kept: got %v, want %v", again, head)
		}
		if err := audit.Complete(t.Context(), s.Audit()); err != nil {
			t.Fatal(err)
		}
		if got := nodes(t, s); !slices.Equal(got, g.Nodes) {
			t.Errorf("kept later: got %v, want %v", got, g.Nodes)
		}
	})
}

// prove proves every 97th entry, and returns the root.
func prove(t *testing.T, s *store.Store, g *proof.Growth) proof.Hash {
	t.Helper()
	var head proof.Head
	read(t, s.Audit(), func(tx audit.Tx) error {
		size, err := tx.Size()
		if err != nil {
			return err
		}
		tree := proof.NewTree(tx, size)
		root, err := tree.Root(size)
		if err != nil || root != g.Root() || size != g.Size() {
			t.Errorf("got %v of %d %v, want %v of %d", root, size, err, g.Root(), g.Size())
		}
		head = proof.Head{Size: size, Root: root}
		for seq := int64(1); seq <= size; seq += 97 {
			path, err := tree.Include(seq, size)
			if err != nil {
				return err
			}
			k, err := tx.Entry(seq)
			if err != nil {
				return err
			}
			if err := head.Included(seq, k.Text, path); err != nil {
				t.Errorf("entry %d: %v", seq, err)
			}
		}
		return nil
	})
	return head.Root
}
