package passkey

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/proof"
)

// zeroKey is the same in every process: workers have to know what the seeds are signed
// by.
const zeroKey = "PRIVATE+KEY+didops/0123456789abcdef+427b2d04+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// FuzzSeenFile holds that of a file, whatever it holds, only what the key of the log
// signed is believed: its state as it was, and one of its marks or none.
func FuzzSeenFile(f *testing.F) {
	key, err := proof.ParseSigner(zeroKey)
	if err != nil {
		f.Fatal(err)
	}
	s := state{Store: "s", Seq: 7, Hash: "a", Orders: map[string]Doings{"o-1": {Known: true}}}.made()
	w, err := whole(key, s)
	if err != nil {
		f.Fatal(err)
	}
	marks := []mark{s.mark()}
	text := w.note
	for seq := range int64(3) {
		m := mark{Seq: 8 + seq, Hash: strings.Repeat(fmt.Sprint(seq), 64)}
		note, err := key.Sign(fmt.Sprintf("%s%d %s\n", marked, m.Seq, m.Hash))
		if err != nil {
			f.Fatal(err)
		}
		marks, text = append(marks, m), text+note
	}
	blank := strings.Repeat("\n", 100)
	for _, seed := range []string{text, text + blank, w.note, w.note + blank, text[:len(text)-30] + blank, text[len(w.note):], text + text} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		got, to, end, err := openSeen(string(file), key.Keys())
		if err != nil {
			return
		}
		if !cmp.Equal(got, s) || !slices.Contains(marks, to) || end > int64(len(file)) {
			t.Errorf("got %+v to %+v, which nobody signed", got, to)
		}
	})
}
