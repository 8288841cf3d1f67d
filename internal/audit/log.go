package audit

import (
	"context"
	"errors"
	"fmt"

	"didops/internal/fault"
	"didops/internal/proof"
	"didops/internal/transaction"
)

// Log is the trail as others can check it. Safe for concurrent use.
type Log struct {
	Store Store
	Keys  *Keyring // nil: heads are not signed

	// Seen keeps the highest head that was signed with the key on this machine,
	// so that a trail which does not continue it is not signed; nil = nothing
	// does, and every head is made of all entries.
	Seen *proof.Witness

	// Whole has every head made of all entries though Seen is set: what was altered
	// before that is found as well, where the kept nodes of the tree still say what
	// they did.
	Whole bool
}

// Head is what the trail says of itself.
type Head struct {
	proof.Head
	Note    string   // signed; "" where the log has no key
	Key     string   // that signed it
	Changes []string // of keys, that led to it
}

// ErrUnsigned says that a log has no key to sign with.
var ErrUnsigned = fault.New(fault.Conflict, "heads of this trail are not signed: no key is named for a store in PostgreSQL").
	WithField("audit.key_file").WithHint("Name the same key, in a file, to every didops that shares the store.")

// errRewritten is the fault of a trail that is not the one of before.
func errRewritten(cause error) error {
	return fault.New(fault.Conflict, "the trail is not the one whose head was signed before: it was written anew, or an old one was put in its place").
		WithHint("Look at what happened to the store. Whoever put a backup back on purpose removes the file of the head that was seen, beside the key.").WithCause(cause)
}

// errNode is the fault of a kept node of the tree that the entries do not make.
func errNode(n *proof.NodeError) error {
	return fault.New(fault.Conflict, "node %d of level %d of the tree, as it is kept, is not what the entries of the trail make of it: nothing is signed", n.N, n.Level).WithCause(n).
		WithHint("Somebody wrote into the store: look at what didops audit verify says. The nodes (audit_nodes) are made anew of the entries where they are removed.")
}

// Head returns the head of the trail as it is now. Where Seen is set, it
// continues what was signed before, or is Conflict with [proof.ErrForked] in the
// chain. What a trail of before lacks of the tree is kept at once. Before there is
// an entry, and a key, it is [ErrNoKey].
func (l Log) Head(ctx context.Context) (Head, error) {
	if l.Keys == nil {
		return l.head(ctx)
	}
	head, _, err := l.Show(ctx, 0)
	return head, err
}

// Show returns the head, and what convinces whoever noted the head of so many
// entries that it continues that. 0 asks for no proof.
func (l Log) Show(ctx context.Context, before int64) (Head, proof.Shown, error) {
	if l.Keys == nil {
		return Head{}, proof.Shown{}, ErrUnsigned
	}
	if err := l.found(ctx); err != nil {
		return Head{}, proof.Shown{}, err
	}
	var head Head
	var shown proof.Shown
	var err error
	sign := func(noted proof.Head) (own []proof.Hash, err error) {
		head, shown, own, err = l.sign(ctx, noted, before)
		return own, err
	}
	if l.Seen == nil {
		_, err = sign(proof.Head{})
	} else {
		_, _, err = l.Seen.Update(func(noted proof.Noted) (proof.Shown, error) {
			path, err := sign(noted.Head)
			return proof.Shown{Key: shown.Key, Changes: shown.Changes, Note: shown.Note, Path: path}, err
		})
	}
	var node *proof.NodeError
	switch {
	case errors.As(err, &node):
		err = errNode(node)
	case errors.Is(err, proof.ErrForked):
		err = errRewritten(err)
	}
	return head, shown, err
}

// found makes sure that the store knows the key, which is made with the first
// entry that is signed.
func (l Log) found(ctx context.Context) error {
	knows := false
	err := l.Store.Read(ctx, func(tx Tx) error {
		size, err := tx.Size()
		if err != nil {
			return err
		}
		s, err := l.Keys.Signer(tx)
		if err != nil && (size == 0 || !errors.Is(err, ErrNoKey)) {
			return err
		}
		text, err := tx.LogKeys()
		knows = s != nil && text == s.Public()
		return err
	})
	switch {
	case errors.Is(err, transaction.ErrNone):
		return ErrNoKey
	case err != nil || knows:
		return err
	}
	return l.Store.Write(ctx, func(tx Tx) error {
		_, err := l.Keys.Found(tx)
		return err
	})
}

// sign signs the head of the trail as it is at one moment, once the entries since
// the one that was noted make it of that one. It returns what it shows to who noted
// the head of before entries, and the path from the one that was noted.
func (l Log) sign(ctx context.Context, noted proof.Head, before int64) (head Head, shown proof.Shown, own []proof.Hash, err error) {
	var signer *proof.Signer
	err = l.tree(ctx, func(tx Tx, tree *proof.Tree) (err error) {
		if tx == nil {
			return ErrNoKey
		}
		if signer, err = l.Keys.Signer(tx); err != nil {
			return err
		}
		if noted.Size > tree.Size || before > tree.Size {
			return proof.ErrForked
		}
		from := noted
		if l.Whole {
			from = proof.Head{}
		}
		if head.Root, err = grown(tx, tree, from); err != nil {
			return err
		}
		head.Origin, head.Size = signer.Origin(), tree.Size
		if own, err = tree.Extend(noted.Size, tree.Size); err != nil {
			return err
		}
		shown.Path, err = proven(tree, head.Head, before)
		return err
	})
	if err != nil {
		return Head{}, proof.Shown{}, nil, err
	}
	head.Key, head.Changes = signer.Verifier(), signer.Changes()
	head.Note, err = signer.SignHead(head.Size, head.Root)
	shown.Key, shown.Changes, shown.Note = head.Key, head.Changes, head.Note
	return head, shown, own, err
}

// grown returns the root over the whole trail. Of what is kept of the tree only
// what makes the root that was noted is believed; what came since is made of the
// entries, and holds what is kept of it.
func grown(tx LogTx, tree *proof.Tree, noted proof.Head) (proof.Hash, error) {
	g, err := tree.Growth(noted.Size)
	if err != nil {
		return proof.Hash{}, err
	}
	if noted.Size > 0 && g.Root() != noted.Root {
		return proof.Hash{}, proof.ErrForked
	}
	for from := noted.Size; from < tree.Size; {
		to := min(from+leavesAtOnce, tree.Size)
		leaves, err := tx.Leaves(from+1, to)
		if err == nil && int64(len(leaves)) != to-from {
			err = fmt.Errorf("the log lacks entries among %d to %d", from+1, to)
		}
		if err != nil {
			return proof.Hash{}, err
		}
		for _, leaf := range leaves {
			g.Add(leaf)
		}
		from = to
	}
	return g.Root(), tree.Hold(g.Nodes)
}

// leavesAtOnce is how many entries are hashed by one reading.
const leavesAtOnce = 4096

// proven returns the path to a head from the one of before entries, once that holds.
func proven(tree *proof.Tree, head proof.Head, before int64) ([]proof.Hash, error) {
	path, err := tree.Extend(before, head.Size)
	if err != nil || before == 0 {
		return path, err
	}
	root, err := tree.Root(before)
	if err == nil {
		if bad := head.Extends(proof.Head{Origin: head.Origin, Size: before, Root: root}, path); bad != nil {
			err = fault.New(fault.Conflict, "what is kept of the tree is not what the entries of the trail make of it: nothing is proven").
				WithHint("Somebody wrote into the store: look at what didops audit verify says.").WithCause(bad)
		}
	}
	return path, err
}

// head returns the head without a signature.
func (l Log) head(ctx context.Context) (Head, error) {
	var head Head
	err := l.tree(ctx, func(_ Tx, tree *proof.Tree) (err error) {
		head.Size = tree.Size
		head.Root, err = tree.Root(tree.Size)
		return err
	})
	return head, err
}

// tree runs fn on the tree of the trail as it is at one moment, of no entries
// where there is no store, and keeps what had to be computed.
func (l Log) tree(ctx context.Context, fn func(Tx, *proof.Tree) error) error {
	lacks := false
	err := l.Store.Read(ctx, func(tx Tx) error {
		size, err := tx.Size()
		if err != nil {
			return err
		}
		tree := proof.NewTree(tx, size)
		err = fn(tx, tree)
		lacks = len(tree.Made()) > 0
		return err
	})
	if errors.Is(err, transaction.ErrNone) {
		return fn(nil, proof.NewTree(nil, 0))
	}
	if err == nil && lacks {
		err = Complete(ctx, l.Store)
	}
	return err
}

// Complete keeps what a trail of before lacks of the tree. It reads the entries
// once, without keeping anybody from writing, and writes a row for 256 of them.
func Complete(ctx context.Context, s Store) error {
	var lacking []proof.Node
	err := s.Read(ctx, func(tx Tx) error {
		size, err := tx.Size()
		if err == nil {
			lacking, err = proof.NewTree(tx, size).Lacking()
		}
		return err
	})
	if errors.Is(err, transaction.ErrNone) || err == nil && len(lacking) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Write(ctx, func(tx Tx) error { return tx.KeepNodes(lacking) })
}
