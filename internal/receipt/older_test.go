package receipt_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"didops/internal/receipt"
)

// TestWhatAnOlderKeySigned holds that a key which was followed by another certifies no
// passkey that was enrolled later, and signs no head of a longer log, for either
// verifier that knows of its end; and that what it signed before is good.
func TestWhatAnOlderKeySigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 21)
	early := w.ask()
	w.decide(early, w.people[0], true, "executing", nil)
	good := w.receipt(early)
	old := w.signer
	w.rotate()
	present := w.signer

	// A passkey that was enrolled later, certified by the old key.
	w.signer = old
	w.enrol("Mallory", w.people[1].key, -8)
	w.signer = present
	late := w.ask()
	w.decide(late, w.people[len(w.people)-1], true, "executing", nil)
	f := file(t, w.receipt(late))
	if found, err := receipt.Verify(f); err == nil || !strings.Contains(err.Error(), "followed by another") {
		t.Errorf("a passkey of later: got %+v %v, want it refused", found, err)
	}
	if got := judge(t, [][]byte{f, file(t, w.receipt(early))}, nil); len(got.Found) != 1 || got.Refused[0][0] != float64(0) {
		t.Errorf("in JavaScript: got %+v, want the passkey of later refused", got)
	}

	// A head by the old key, over what came after its end.
	w.signer = old
	forged := w.receipt(early)
	w.signer = present
	for name, tt := range map[string]struct {
		r    receipt.Receipt
		says string
	}{"of before": {good, ""}, "of later": {forged, "followed by another"}} {
		found, err := receipt.Verify(file(t, tt.r))
		if err != nil {
			t.Fatalf("%s: got %v", name, err)
		}
		_, err = found.Against(strings.NewReader(w.export()))
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s, against the trail: got %v, want %q", name, err, tt.says)
		}
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("the verifier in JavaScript is not tested: there is no node on PATH")
	}
	keys := filepath.Join(t.TempDir(), "keys.txt")
	if err := os.WriteFile(keys, []byte(present.Public()), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		r     receipt.Receipt
		known string
		says  string
	}{
		"before, by all keys":      {good, keys, `"state": "executing"`},
		"later, by all keys":       {forged, keys, "followed by another one before"},
		"later, by the key of now": {forged, present.Verifier(), "another key than the one given"},
		"now, by all keys":         {w.receipt(early), keys, `"state": "executing"`},
		"now, by the key of then":  {w.receipt(early), old.Verifier(), `"state": "executing"`},
	} {
		path := filepath.Join(t.TempDir(), "receipt.json")
		if err := os.WriteFile(path, file(t, tt.r), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.CommandContext(t.Context(), node, "--no-warnings", "../../docs/verify.mjs", path, tt.known).CombinedOutput()
		if !strings.Contains(string(out), tt.says) {
			t.Errorf("%s: got %s, want %q", name, out, tt.says)
		}
	}
}
