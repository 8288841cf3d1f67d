package proof_test

import (
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"didops/internal/proof"
	"didops/internal/testing/wide"
)

// shown is what the owner of a log shows to who noted the head of so many
// entries.
func shown(t *testing.T, s *proof.Signer, texts []string, noted int64) proof.Shown {
	t.Helper()
	l := &log{}
	l.add(texts...)
	tree := proof.NewTree(l, int64(len(texts)))
	root, err := tree.Root(tree.Size)
	if err != nil {
		t.Fatal(err)
	}
	note, err := s.SignHead(tree.Size, root)
	if err != nil {
		t.Fatal(err)
	}
	path, _ := tree.Extend(min(noted, tree.Size), tree.Size) // what a forger has at best
	return proof.Shown{Key: s.Verifier(), Changes: s.Changes(), Note: note, Path: path}
}

// deeds are what somebody with store and key can do to a log of which a head of
// noted entries was kept elsewhere.
func deeds() map[string]func(r *mathrand.Rand, texts []string, noted int) []string {
	more := func(r *mathrand.Rand, texts []string) []string {
		for range r.IntN(40) {
			texts = append(texts, fmt.Sprintf("entry %d", r.Uint64()))
		}
		return texts
	}
	return map[string]func(*mathrand.Rand, []string, int) []string{
		"rewritten": func(r *mathrand.Rand, texts []string, noted int) []string {
			texts[r.IntN(noted)] += "."
			return more(r, texts)
		},
		"an entry left out": func(r *mathrand.Rand, texts []string, noted int) []string {
			i := r.IntN(noted)
			return more(r, slices.Delete(texts, i, i+1))
		},
		"an entry put in": func(r *mathrand.Rand, texts []string, noted int) []string {
			return more(r, slices.Insert(texts, r.IntN(noted), "another"))
		},
		"two swapped": func(r *mathrand.Rand, texts []string, noted int) []string {
			if noted < 2 {
				texts[0] += "."
				return texts
			}
			i := r.IntN(noted - 1)
			texts[i], texts[i+1] = texts[i+1], texts[i]
			return more(r, texts)
		},
		"forked": func(r *mathrand.Rand, texts []string, noted int) []string {
			texts = texts[:r.IntN(noted)]
			for len(texts) < noted {
				texts = append(texts, fmt.Sprintf("fork %d", r.Uint64()))
			}
			return more(r, texts)
		},
		"restored": func(r *mathrand.Rand, texts []string, noted int) []string { return texts[:r.IntN(noted)] },
		"restored, and gone on": func(r *mathrand.Rand, texts []string, noted int) []string {
			texts = texts[:r.IntN(noted)]
			for range 1 + r.IntN(2*noted) {
				texts = append(texts, fmt.Sprintf("later %d", r.Uint64()))
			}
			return texts
		},
	}
}

// TestAnyWitnessFindsIt has one witness find each of ten thousand logs that were
// rewritten, forked or restored, whoever signed them with the log's own key, and
// accept what really goes on.
func TestAnyWitnessFindsIt(t *testing.T) {
	t.Parallel()
	count := wide.Pick(700, 10_000)
	r := mathrand.New(mathrand.NewPCG(16, 7))
	s, _, err := proof.NewSigner("")
	if err != nil {
		t.Fatal(err)
	}
	all := deeds()
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for i := range count {
		size := 1 + r.IntN(80)
		if i%10 == 0 {
			size = 1 + r.IntN(700)
		}
		texts := entries(1, size)
		noted := 1 + r.IntN(size)
		witness, err := proof.Noted{}.Accept(shown(t, s, texts[:noted], 0))
		if err != nil {
			t.Fatal(err)
		}
		if after, err := witness.Accept(shown(t, s, texts, int64(noted))); err != nil || after.Head.Size != int64(size) {
			t.Fatalf("from %d to %d: got %v %v, want it accepted", noted, size, after, err)
		}
		name := names[i%len(names)]
		forged := shown(t, s, all[name](r, slices.Clone(texts), noted), int64(noted))
		after, err := witness.Accept(forged)
		if !errors.Is(err, proof.ErrForked) || after != witness {
			t.Fatalf("%s after %d of %d: got %v %v, want it found", name, noted, size, after, err)
		}
		// Nor does the proof of the log that is true help.
		forged.Path = shown(t, s, texts, int64(noted)).Path
		if after, err := witness.Accept(forged); !errors.Is(err, proof.ErrForked) {
			t.Fatalf("%s with an honest proof: got %v, want it found", name, after)
		}
	}
}

func TestWitnessFile(t *testing.T) {
	t.Parallel()
	s, _, err := proof.NewSigner("")
	if err != nil {
		t.Fatal(err)
	}
	w := proof.Witness{Path: filepath.Join(t.TempDir(), "new", "head.txt")}
	show := func(by *proof.Signer, texts []string) (proof.Noted, error) {
		_, now, err := w.Update(func(before proof.Noted) (proof.Shown, error) { return shown(t, by, texts, before.Head.Size), nil })
		return now, err
	}
	if n, err := w.Latest(); err != nil || n.Note != "" {
		t.Errorf("no file: got %v %v, want nothing", n, err)
	}
	texts := entries(1, 20)
	for _, size := range []int{0, 3, 3, 17} {
		if now, err := show(s, texts[:size]); err != nil || now.Head.Size != int64(size) {
			t.Fatalf("%d: got %v %v", size, now, err)
		}
	}
	next, _, _, err := s.Next(20)
	if err != nil {
		t.Fatal(err)
	}
	if now, err := show(next, texts); err != nil || now.Key != next.Verifier() {
		t.Errorf("the next key: got %v %v", now, err)
	}
	kept, err := os.ReadFile(w.Path)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := proof.NewSigner(s.Origin())
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"another key":   func() error { _, err := show(other, texts); return err },
		"the old key":   func() error { _, err := show(s, texts); return err },
		"fewer entries": func() error { _, err := show(next, texts[:19]); return err },
		"other entries": func() error { _, err := show(next, entries(2, 30)); return err },
	} {
		if err := do(); !errors.Is(err, proof.ErrForked) {
			t.Errorf("%s: got %v, want %v", name, err, proof.ErrForked)
		}
	}
	if now, err := os.ReadFile(w.Path); err != nil || string(now) != string(kept) {
		t.Errorf("got %s %v, want the file as it was", now, err)
	}
	if n, err := proof.ParseNoted(string(kept), ""); err != nil || n.Text() != string(kept) {
		t.Errorf("got %v %v, want what is kept", n, err)
	}
	if err := os.WriteFile(w.Path, []byte("no head\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := show(next, texts); err == nil {
		t.Error("another file: got it overwritten")
	}
}

// TestParseHeads reads heads as files and people keep them.
func TestParseHeads(t *testing.T) {
	t.Parallel()
	old, _, err1 := proof.NewSigner("")
	next, _, _, err2 := old.Next(1)
	first, err3 := old.SignHead(1, proof.Leaf("a"))
	second, err4 := next.SignHead(2, proof.Leaf("b"))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	keyed := old.Verifier() + "\n" + first
	for name, tt := range map[string]struct {
		text string
		keys []string
		want []int64 // sizes; nil: it is refused
	}{
		"one":                     {keyed, nil, []int64{1}},
		"as heads_file has them":  {keyed + "\n" + next.Verifier() + "\n" + second + "\n", nil, []int64{1, 2}},
		"without keys":            {first + second, next.Keys().Names(), []int64{1, 2}},
		"the last newline is cut": {strings.TrimRight(keyed, "\n"), nil, []int64{1}},
		"newlines too many":       {"\n\n" + keyed + "\n\n\n" + keyed + " \n\n", nil, []int64{1, 1}},
		"of Windows":              {strings.ReplaceAll(keyed, "\n", "\r\n"), nil, []int64{1}},
		"no key":                  {first, nil, nil},
		"another's":               {second, old.Keys().Names(), nil},
		"nothing":                 {"\n", next.Keys().Names(), nil},
		"cut off":                 {keyed + "\n" + next.Verifier() + "\n" + second[:20], next.Keys().Names(), nil},
		"the second is altered":   {keyed + "\n" + next.Verifier() + "\n" + strings.Replace(second, "\n2\n", "\n3\n", 1), nil, nil},
	} {
		list, err := proof.ParseHeads(tt.text, tt.keys...)
		var got []int64
		for _, n := range list {
			got = append(got, n.Head.Size)
		}
		if !slices.Equal(got, tt.want) || (err == nil) != (tt.want != nil) {
			t.Errorf("%s: got %v %v, want %v", name, got, err, tt.want)
		}
	}
}
