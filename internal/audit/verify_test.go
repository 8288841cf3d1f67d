package audit_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/proof"
	"didops/internal/transaction"
)

// kept is a trail as a store has it, of which only entries are read.
type kept struct {
	audit.Tx
	list  []audit.Kept
	nodes []proof.Node
	fail  error // at the end
}

func (k kept) Nodes(level int, from, to int64) ([]proof.Node, error) {
	var list []proof.Node
	for _, n := range k.nodes {
		if n.Level == level && n.N >= from && n.N < to {
			list = append(list, n)
		}
	}
	return list, nil
}

func (k kept) Entries(take func(audit.Kept) error) error {
	for _, e := range k.list {
		if err := take(e); err != nil {
			return err
		}
	}
	return k.fail
}

func (k kept) Read(_ context.Context, fn func(audit.Tx) error) error { return fn(k) }

// chain seals entries one after the other.
func chain(t *testing.T, events ...string) []audit.Kept {
	t.Helper()
	var list []audit.Kept
	prev := ""
	for i, event := range events {
		list = append(list, sealed(t, audit.Entry{
			Seq: int64(i + 1), Prev: prev, At: time.Date(2026, 11, 25, 9, i, 0, 0, time.UTC), Event: event, Quote: "q" + event,
		}))
		prev = list[i].Hash
	}
	return list
}

func sealed(t *testing.T, e audit.Entry) audit.Kept {
	t.Helper()
	text, hash, err := e.Seal()
	if err != nil {
		t.Fatal(err)
	}
	return audit.Kept{Seq: e.Seq, Text: text, Hash: hash}
}

func TestVerifyFindsWhatWasDoneToTheChain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func([]audit.Kept) []audit.Kept
		says string // "" = it is whole
		seq  int64
	}{
		{"nothing", func(l []audit.Kept) []audit.Kept { return l }, "", 0},
		{"altered", func(l []audit.Kept) []audit.Kept {
			l[2].Text = strings.Replace(l[2].Text, "sent", "seen", 1)
			return l
		}, "altered", 3},
		{"altered with its hash", func(l []audit.Kept) []audit.Kept {
			l[2].Text = strings.Replace(l[2].Text, "sent", "seen", 1)
			l[2].Hash = audit.Hash(l[2].Text)
			return l
		}, "does not follow", 4},
		{"unreadable", func(l []audit.Kept) []audit.Kept { l[1].Text = "{"; return l }, "can't be read", 2},
		{"the first removed", func(l []audit.Kept) []audit.Kept { return l[1:] }, "missing", 2},
		{"one removed", func(l []audit.Kept) []audit.Kept { return slices.Delete(l, 3, 4) }, "missing", 5},
		{"one twice", func(l []audit.Kept) []audit.Kept { return slices.Insert(l, 3, l[3]) }, "missing", 4},
		{"two swapped", func(l []audit.Kept) []audit.Kept { l[3], l[4] = l[4], l[3]; return l }, "missing", 5},
		{"two swapped and counted anew", func(l []audit.Kept) []audit.Kept {
			l[3], l[4] = l[4], l[3]
			l[3].Seq, l[4].Seq = 4, 5
			return l
		}, "stands where", 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			list := tt.do(chain(t, "requested", "approved", "sent", "done", "requested"))
			r, err := audit.Verify(kept{list: list}, "", func(audit.Kept, audit.Entry) {})
			if err != nil || (tt.says == "") != (r.Fault == "") || !strings.Contains(r.Fault, tt.says) || r.Seq != tt.seq {
				t.Errorf("got %q at %d %v, want %q at %d", r.Fault, r.Seq, err, tt.says, tt.seq)
			}
			if last := list[len(list)-1]; r.Entries != last.Seq || r.Head != last.Hash {
				t.Errorf("got %+v, want it to end at %+v", r, last)
			}
		})
	}
}

func TestVerifyAgainstAHead(t *testing.T) {
	t.Parallel()
	list := chain(t, "requested", "approved", "sent")
	for head, found := range map[string]bool{
		"": true, list[0].Hash: true, " " + strings.ToUpper(list[2].Hash) + "\n": true, strings.Repeat("0", 64): false,
	} {
		r, err := audit.Verify(kept{list: list}, head, func(audit.Kept, audit.Entry) {})
		if err != nil || (r.Fault == "") != found {
			t.Errorf("%q: got %+v %v, want it found: %v", head, r, err, found)
		}
	}
	for head, sound := range map[string]bool{"": true, " ": true, "abc": false} {
		if r := audit.NoTrail(head); (r.Fault == "") != sound {
			t.Errorf("no trail, head %q: got %+v", head, r)
		}
	}
}

func TestVerifyShowsEveryEntryAndTheStoresError(t *testing.T) {
	t.Parallel()
	var seen []string
	broken := errors.New("broken")
	_, err := audit.Verify(kept{list: chain(t, "requested", "approved"), fail: broken}, "abc", func(k audit.Kept, e audit.Entry) {
		seen = append(seen, e.Event+" "+e.Quote)
	})
	if want := []string{"requested qrequested", "approved qapproved"}; !slices.Equal(seen, want) || !errors.Is(err, broken) {
		t.Errorf("got %v %v, want %v and the error of the store", seen, err, want)
	}
}

// TestVerifyChecksTheTree holds what is kept of the tree, and signed heads,
// against the entries.
func TestVerifyChecksTheTree(t *testing.T) {
	t.Parallel()
	list := chain(t, slices.Repeat([]string{"requested", "approved", "sent"}, 200)...)
	var g proof.Growth
	var heads []proof.Head
	for _, k := range list {
		heads = append(heads, proof.Head{Size: g.Size(), Root: g.Root()})
		g.Add(proof.Leaf(k.Text))
	}
	heads = append(heads, proof.Head{Size: 600, Root: g.Root()})
	other := heads[10].Root
	for _, tt := range []struct {
		name  string
		nodes []proof.Node
		heads []proof.Head
		says  string
	}{
		{"nothing kept, all heads", nil, heads, ""},
		{"all kept", g.Nodes, heads[599:], ""},
		{"one kept", g.Nodes[1:], nil, ""},
		{"another hash", []proof.Node{{Level: 8, N: 1, Hash: other}}, nil, "1 of level 8"},
		{"one too many", append(slices.Clone(g.Nodes), proof.Node{Level: 8, N: 2, Hash: other}), nil, "2 of level 8"},
		{"another level", append(slices.Clone(g.Nodes), proof.Node{Level: 16, N: 0, Hash: other}), nil, "0 of level 16"},
		{"another head", g.Nodes, []proof.Head{{Size: 300, Root: other}}, "of 300 entries, is not that of the trail"},
		{"another last head", g.Nodes, []proof.Head{heads[2], {Size: 600, Root: other}}, "of 600 entries, is not"},
		{"another first head", g.Nodes, []proof.Head{{Size: 0, Root: other}}, "of 0 entries, is not"},
		{"a later head", g.Nodes, []proof.Head{heads[3], {Size: 601, Root: other}}, "has 601 entries, and the trail 600"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := audit.Verify(kept{list: list, nodes: tt.nodes}, "", func(audit.Kept, audit.Entry) {}, tt.heads...)
			if err != nil || (tt.says == "") != (r.Fault == "") || !strings.Contains(r.Fault, tt.says) || r.Root != g.Root().String() {
				t.Errorf("got %+v %v, want %q", r, err, tt.says)
			}
		})
	}
	if r := audit.NoTrail("", heads[1]); r.Fault == "" {
		t.Error("no trail, and a head of one: got nothing wrong")
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// none is a store that was not made yet.
type none struct{}

func (none) Read(context.Context, func(audit.Tx) error) error { return transaction.ErrNone }

func TestExport(t *testing.T) {
	t.Parallel()
	list := chain(t, "requested", "approved", "sent")
	var out bytes.Buffer
	if err := audit.Export(t.Context(), kept{list: list}, &out); err != nil {
		t.Fatal(err)
	}
	n := 0
	for lines := bufio.NewScanner(&out); lines.Scan(); n++ {
		var e struct {
			audit.Entry
			Hash string `json:"hash"`
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%s: %v", lines.Bytes(), err)
		}
		if e.Seq != int64(n+1) || e.Hash != list[n].Hash {
			t.Errorf("got %+v, want %+v", e, list[n])
		}
		// Whoever has the export can check it without the program.
		if text := strings.TrimSuffix(lines.Text(), `,"hash":"`+e.Hash+`"}`) + "}"; audit.Hash(text) != e.Hash {
			t.Errorf("the hash of %s is not %s", text, e.Hash)
		}
	}
	if n != len(list) {
		t.Errorf("got %d lines, want %d", n, len(list))
	}
	if err := audit.Export(t.Context(), kept{list: list}, brokenPipe{}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a pipe that is broken: got %v, want %s", err, fault.Unavailable)
	}
	out.Reset()
	if err := audit.Export(t.Context(), none{}, &out); err != nil || out.Len() > 0 {
		t.Errorf("no store: got %q %v, want nothing", out.String(), err)
	}
}
