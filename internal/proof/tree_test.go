package proof_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"didops/internal/proof"
)

// log is one in memory, of which some nodes are kept.
type log struct {
	leaves []proof.Hash
	nodes  []proof.Node
	read   int // leaves
}

func (l *log) add(texts ...string) {
	var g proof.Growth
	for _, leaf := range l.leaves {
		g.Add(leaf)
	}
	for _, text := range texts {
		l.leaves = append(l.leaves, proof.Leaf(text))
		g.Add(proof.Leaf(text))
	}
	l.nodes = g.Nodes
}

func (l *log) Leaves(from, to int64) ([]proof.Hash, error) {
	if from < 1 || to > int64(len(l.leaves)) {
		return nil, errors.New("there are no such entries")
	}
	l.read += int(to - from + 1)
	return l.leaves[from-1 : to], nil
}

func (l *log) Nodes(level int, from, to int64) ([]proof.Node, error) {
	var list []proof.Node
	for _, n := range l.nodes {
		if n.Level == level && n.N >= from && n.N < to {
			list = append(list, n)
		}
	}
	return list, nil
}

// plain is the tree as golang.org/x/mod has it, with every node stored.
func plain(t interface{ Fatal(...any) }, leaves []proof.Hash) tlog.HashReader {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		list := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			list[i] = stored[index]
		}
		return list, nil
	})
	for n, leaf := range leaves {
		more, err := tlog.StoredHashesForRecordHash(int64(n), leaf, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
	}
	return reader
}

func entries(from, to int) []string {
	var list []string
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprintf("entry %d", i))
	}
	return list
}

// TestTreeIsThePlainOne holds roots and proofs against the plainest tree, whichever
// nodes are kept.
func TestTreeIsThePlainOne(t *testing.T) {
	t.Parallel()
	whole := &log{}
	whole.add(entries(1, 70_000)...)
	reader := plain(t, whole.leaves)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.Int64Range(1, 1100), rapid.Int64Range(65_000, 70_000)).Draw(t, "size")
		seq := rapid.Int64Range(1, size).Draw(t, "seq")
		from := rapid.Int64Range(1, size).Draw(t, "from")
		l := &log{leaves: whole.leaves}
		gone := rapid.SampledFrom([]string{"none", "all", "some"}).Draw(t, "gone")
		for i, n := range whole.nodes {
			if gone == "none" || gone == "some" && i%3 > 0 {
				l.nodes = append(l.nodes, n)
			}
		}
		tree := proof.NewTree(l, size)
		root, err := tree.Root(size)
		if want, _ := tlog.TreeHash(size, reader); err != nil || root != want {
			t.Fatalf("root: got %v %v, want %v", root, err, want)
		}
		path, err := tree.Include(seq, size)
		if want, _ := tlog.ProveRecord(size, seq-1, reader); err != nil || !slices.Equal(path, want) {
			t.Fatalf("entry %d of %d: got %v %v, want %v", seq, size, path, err, want)
		}
		more, err := tree.Extend(from, size)
		want, _ := tlog.ProveTree(size, from, reader)
		if err != nil || from < size && !slices.Equal(more, want) {
			t.Fatalf("from %d to %d: got %v %v, want %v", from, size, more, err, want)
		}
		older, err := tree.Root(from)
		if err != nil {
			t.Fatal(err)
		}
		head := proof.Head{Origin: "x", Size: size, Root: root}
		if err := errors.Join(head.Included(seq, fmt.Sprintf("entry %d", seq), path), head.Extends(proof.Head{Origin: "x", Size: from, Root: older}, more)); err != nil {
			t.Fatal(err)
		}
	})
}

// TestGrowth holds the tree of entries that come one after the other against
// the plain one.
func TestGrowth(t *testing.T) {
	t.Parallel()
	var g proof.Growth
	l := &log{}
	l.add(entries(1, 1030)...)
	reader := plain(t, l.leaves)
	for size := range int64(len(l.leaves) + 1) {
		if want, _ := tlog.TreeHash(size, reader); g.Root() != want {
			t.Fatalf("%d entries: got %v, want %v", size, g.Root(), want)
		}
		if int(size) < len(l.leaves) {
			g.Add(l.leaves[size])
		}
	}
	if len(g.Nodes) != 1030/256 {
		t.Errorf("got %d nodes, want one for each 256 entries", len(g.Nodes))
	}
}

// TestLacking holds that what was not kept is computed once, and is what would
// have been kept.
func TestLacking(t *testing.T) {
	t.Parallel()
	l := &log{}
	l.add(entries(1, 66_000)...)
	want := l.nodes
	l.nodes = want[10:20]
	made, err := proof.NewTree(l, 66_000).Lacking()
	if err != nil || len(made) != len(want)-10 || l.read != 257*256-10*256 {
		t.Fatalf("got %d nodes of %d entries %v, want %d", len(made), l.read, err, len(want)-10)
	}
	for _, n := range made {
		if !slices.Contains(want, n) || slices.Contains(l.nodes, n) {
			t.Errorf("got %v, want what is not kept", n)
		}
	}
	l.nodes = want
	l.read = 0
	tree := proof.NewTree(l, 66_000)
	if _, err := tree.Root(66_000); err != nil || l.read > 256 || len(tree.Made()) > 0 {
		t.Errorf("got %d entries read %v, want no more than the last", l.read, err)
	}
}

func TestHeads(t *testing.T) {
	t.Parallel()
	s, err := proof.ParseSigner(knownKey)
	if err != nil {
		t.Fatal(err)
	}
	l := &log{}
	l.add(entries(1, 10)...)
	tree := proof.NewTree(l, 10)
	root, err := tree.Root(10)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.SignHead(10, root)
	if err != nil {
		t.Fatal(err)
	}
	h, err := proof.OpenHead(signed, s.Verifier())
	if err != nil || h != (proof.Head{Origin: "PeterNeumann", Size: 10, Root: root}) {
		t.Errorf("got %v %v, want what was signed", h, err)
	}
	for i := range len(signed) {
		if h, err := proof.OpenHead(changed(signed, i, 1), s.Verifier()); err == nil {
			t.Fatalf("byte %d: got %v, want it refused", i, h)
		}
	}
	for _, text := range []string{"PeterNeumann\n10\n", "PeterNeumann\n010\n" + root.String() + "\n", "PeterNeumann\n-1\n" + root.String() + "\n", h.Text() + "more\n", "Other" + h.Text()} {
		signed, err := s.Sign(text)
		if err != nil {
			t.Fatal(err)
		}
		if h, err := proof.OpenHead(signed, s.Verifier()); err == nil {
			t.Errorf("%q: got %v, want it refused", text, h)
		}
	}
}

func TestKeyChanges(t *testing.T) {
	t.Parallel()
	first, _, err := proof.NewSigner("")
	if err != nil {
		t.Fatal(err)
	}
	last, keys := first, proof.Keys{}
	for _, entries := range []int64{5, 5, 9} {
		next, _, _, err := last.Next(entries)
		if err != nil {
			t.Fatal(err)
		}
		keys, last = append(keys, proof.Key{Verifier: last.Verifier(), Last: entries}), next
	}
	keys = append(keys, proof.Key{Verifier: last.Verifier(), Last: proof.Unbounded})
	changes := last.Changes()
	if got, err := proof.Lineage(last.Verifier(), changes); err != nil || !slices.Equal(got, keys) {
		t.Errorf("got %v %v, want %v", got, err, keys)
	}
	for _, text := range []string{last.Public(), strings.ReplaceAll(last.Public(), "\n", "\r\n"), "\n" + last.Public() + "\n\n"} {
		if got, err := proof.ParsePublic(text); err != nil || !slices.Equal(got, keys) {
			t.Errorf("%q: got %v %v, want %v", text, got, err, keys)
		}
	}
	if got, err := proof.ParsePublic(last.Public() + "more\n"); err == nil {
		t.Errorf("more: got %v, want it refused", got)
	}
	other, _, err := proof.NewSigner("")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err1 := first.Sign(proof.KeyChange(first.Verifier(), other.Verifier(), 5))
	negative, err2 := first.Sign(proof.KeyChange(first.Verifier(), last.Verifier(), -1))
	fresh, _, err3 := proof.NewSigner(first.Origin())
	back, err4 := last.Sign(proof.KeyChange(last.Verifier(), fresh.Verifier(), 8))
	made, err5 := fresh.Sign(proof.KeyChange(fresh.Verifier(), last.Verifier(), 5))
	early, err6 := fresh.Sign(proof.KeyChange(fresh.Verifier(), first.Verifier(), 1))
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][]string{
		"the latest": changes[1:], "a key of anybody before": {made}, "a key of anybody before the first": append([]string{early}, changes...),
		"a gap": {changes[0], changes[2]}, "cut off": changes[:2], "another log": {foreign}, "nothing": {""}, "altered": {changed(changes[2], 20, 1)},
		"more entries": {strings.Replace(changes[2], "\n9\n", "\n99\n", 1)}, "fewer than none": {negative},
	} {
		if got, err := proof.Lineage(last.Verifier(), list); err == nil {
			t.Errorf("%s: got %v, want it refused", name, got)
		}
	}
	if got, err := proof.Lineage(fresh.Verifier(), append(changes, back)); err == nil {
		t.Errorf("it goes back: got %v, want it refused", got)
	}
	if next, _, _, err := last.Next(8); err == nil {
		t.Errorf("it goes back: got %v, want no such key", next)
	}
}

// TestKeysAgree holds which keys are those that are known.
func TestKeysAgree(t *testing.T) {
	t.Parallel()
	keys := func(last ...int64) (list proof.Keys) {
		for i, n := range append(last, proof.Unbounded) {
			list = append(list, proof.Key{Verifier: string(rune('a' + i)), Last: n})
		}
		return list
	}
	other := keys(5, 9)
	other[1].Verifier = "x"
	for _, tt := range []struct {
		name string
		a, b proof.Keys
		want bool
	}{
		{"the same", keys(5, 9), keys(5, 9), true},
		{"one more", keys(5, 9), keys(5), true},
		{"one alone", keys(5, 9), keys(5, 9)[2:], true},
		{"a longer bound", keys(5, 9), keys(6, 9), false},
		{"a shorter bound", keys(5, 9), keys(4, 9), false},
		{"a longer bound of the second", keys(5, 9), keys(5, 10), false},
		{"a longer bound, and one more", keys(5, 9), keys(6), false},
		{"a bound that is none", keys(5, 9), keys(5, proof.Unbounded), false},
		{"another key", keys(5, 9), other, false},
		{"another present one", keys(5, 9), other[:2], false},
	} {
		for _, err := range []error{tt.a.Agree(tt.b), tt.b.Agree(tt.a)} {
			if (err == nil) != tt.want {
				t.Errorf("%s: got %v, want agreed %t", tt.name, err, tt.want)
			}
		}
	}
}

// TestAKeyEnds holds that a key which was followed by another speaks of no more
// entries than there were, and the present one of all.
func TestAKeyEnds(t *testing.T) {
	t.Parallel()
	first, _, err := proof.NewSigner("")
	if err != nil {
		t.Fatal(err)
	}
	next, _, _, err := first.Next(7)
	if err != nil {
		t.Fatal(err)
	}
	for size := int64(5); size < 10; size++ {
		old, _ := next.Keys().Find(first.Verifier())
		if err := old.Allows(size); (err == nil) != (size <= 7) {
			t.Errorf("the old one of %d: got %v", size, err)
		}
		now, _ := next.Keys().Find(next.Verifier())
		if err := now.Allows(size); err != nil {
			t.Errorf("the new one of %d: got %v", size, err)
		}
		texts := entries(1, 12)
		noted, err := proof.Noted{}.Accept(shown(t, first, texts[:size], 0))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := noted.Accept(shown(t, next, texts, size)); errors.Is(err, proof.ErrForked) != (size > 7) {
			t.Errorf("a witness of %d: got %v", size, err)
		}
	}
}

// TestKnownRoots holds roots against those that Certificate Transparency is tested
// with (google/certificate-transparency, merkle_tree_test).
func TestKnownRoots(t *testing.T) {
	t.Parallel()
	var g proof.Growth
	texts := []string{"", "\x00", "\x10", "\x20\x21", "\x30\x31", "\x40\x41\x42\x43", "\x50\x51\x52\x53\x54\x55\x56\x57", "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"}
	for size, want := range []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	} {
		root := g.Root()
		if got := hex.EncodeToString(root[:]); got != want {
			t.Errorf("%d entries: got %s, want %s", size, got, want)
		}
		if size < len(texts) {
			g.Add(proof.Leaf(texts[size]))
		}
	}
}
