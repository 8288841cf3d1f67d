package passkey_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/passkey"
	"didops/internal/proof"
)

// rotated changes the key of the world's log, and returns the one of before.
func (w *world) rotated() *proof.Signer {
	w.t.Helper()
	old := w.key
	err := w.store.Audit().Write(w.t.Context(), func(tx audit.Tx) error {
		size, err := tx.Size()
		if err != nil {
			return err
		}
		var change string
		if w.key, _, change, err = old.Next(size); err != nil {
			return err
		}
		if _, _, err = tx.Append(audit.Entry{Event: audit.KeyChanged, Exchange: "x", Key: change}); err != nil {
			return err
		}
		return tx.KeepLogKeys(w.key.Public())
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Service = w.service()
	return old
}

// void returns why a passkey of a person does not count; "" = it does.
func (w *world) void(person string) string {
	w.t.Helper()
	list, err := w.List(w.t.Context(), person)
	if err != nil || len(list) != 1 {
		w.t.Fatalf("got %v %v, want one of %s", list, err, person)
	}
	return list[0].Void
}

// TestWhatAKeyOfBeforeSigned holds that passkeys of before the key was changed count
// on, and that the key of before makes nothing of worth any more.
func TestWhatAKeyOfBeforeSigned(t *testing.T) {
	t.Parallel()
	w := onFile(t)
	alice := w.enrol("Alice", device(t, false))
	waits := w.invite("Bob")
	attested := attest(t, w, "an order")
	old := w.rotated()
	if got := w.void("Alice"); got != "" {
		t.Errorf("enrolled before: got %q, want it to count", got)
	}
	if _, err := w.BeginEnrol(t.Context(), waits); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("an invitation of before: got %v, want %s", err, fault.Forbidden)
	}
	if says(t, w, "an order", attested) {
		t.Error("what was attested before: got it believed")
	}
	carol := w.enrol("Carol", device(t, true))
	if got := w.void("Carol"); got != "" {
		t.Errorf("enrolled later: got %q, want it to count", got)
	}

	// Who has the old key and writes the store certifies what he likes.
	for name, entry := range map[string]int64{"its own entry": carol.Entry, "an entry of before": alice.Entry, "another": 1} {
		w.certifies(old, carol, entry)
		if got := w.void("Carol"); !strings.Contains(got, "not certified") {
			t.Errorf("certified by the old key at %s: got %q, want it not to count", name, got)
		}
	}
	stolen := alice
	stolen.Person = "Bob"
	w.certifies(old, stolen, alice.Entry)
	if list, err := w.List(t.Context(), "Bob"); err != nil || len(list) != 1 || !strings.Contains(list[0].Void, "not certified") {
		t.Errorf("a passkey of before, as that of somebody else: got %+v %v, want it not to count", list, err)
	}
	w.certifies(w.key, carol, carol.Entry)
	if got := w.void("Carol"); got != "" {
		t.Errorf("certified anew: got %q, want it to count", got)
	}

	// A process that has the old key still signs nothing.
	late, err := passkey.New(passkey.Config{
		Store: w.store.Passkeys(), Key: &audit.Keyring{Key: old}, Page: page, Exchange: "x", SeenFile: filepath.Join(t.TempDir(), "seen"), Now: w.now, Log: zerolog.Nop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := late.Invite(t.Context(), "Bob", operator()); fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), "followed by another") {
		t.Errorf("a process that was not told: got %v, want it refused", err)
	}
}

// certifies puts another certificate of a passkey into the store.
func (w *world) certifies(by *proof.Signer, c passkey.Credential, entry int64) {
	w.t.Helper()
	text, _, err := proof.Keys{{Verifier: w.key.Verifier()}, {Verifier: by.Verifier()}}.Open(c.Certificate)
	if err != nil {
		w.t.Fatal(err)
	}
	said, err := proof.ParseCredential(text)
	if err != nil {
		w.t.Fatal(err)
	}
	said.Entry, said.Person = entry, c.Person
	if text, err = said.Text(); err != nil {
		w.t.Fatal(err)
	}
	note, err := by.Sign(text)
	if err != nil {
		w.t.Fatal(err)
	}
	db, err := sql.Open("sqlite", w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(w.t.Context(), `UPDATE passkeys SET certificate = $1, entry_seq = $2, person = $3 WHERE id = $4`, note, entry, c.Person, c.ID.String()); err != nil {
		w.t.Fatal(err)
	}
}

// attest has the service say something.
func attest(t *testing.T, w *world, text string) (note string) {
	t.Helper()
	err := w.store.Passkeys().Write(t.Context(), func(tx passkey.StoreTx) (err error) {
		note, err = w.Attest(tx, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !says(t, w, text, note) {
		t.Fatal("got it not believed, want what was attested")
	}
	return note
}

func says(t *testing.T, w *world, text, note string) (is bool) {
	t.Helper()
	err := w.store.Passkeys().Read(t.Context(), func(tx passkey.StoreTx) (err error) {
		is, err = w.Attested(tx, "o-1", text, note)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return is
}

// TestSeenOfAnotherStore holds that what was seen of the trail belongs to one store,
// and that two which share a key are told so.
func TestSeenOfAnotherStore(t *testing.T) {
	t.Parallel()
	one := onFile(t)
	one.enrol("Alice", device(t, false))
	other := onFile(t)
	other.seen, other.key = one.seen, one.key
	other.Service = other.service()
	if _, _, err := other.Invite(t.Context(), "Alice", operator()); err != nil {
		t.Fatal(err) // nothing that was seen is asked for
	}
	err := other.See(t.Context())
	if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), "another store") {
		t.Errorf("got %v, want it told", err)
	}
	if got := one.void("Alice"); got != "" {
		t.Errorf("the first store: got %q, want it to go on", got)
	}
	again := one.service()
	if err := again.See(t.Context()); err != nil {
		t.Errorf("the first store, in another process: got %v", err)
	}
}

// TestKeyringOfAFile holds that another key in the file is noticed, and one key made
// only where something is signed.
func TestKeyringOfAFile(t *testing.T) {
	t.Parallel()
	w := onFile(t)
	keys := &audit.Keyring{File: filepath.Join(t.TempDir(), "audit.key")}
	log := audit.Log{Store: w.store.Audit(), Keys: keys}
	w.appends(audit.Entry{Event: "requested", At: w.now()})
	head, err := log.Head(t.Context())
	if err != nil || head.Size != 1 {
		t.Fatalf("got %v %v, want a head of 1", head, err)
	}
	before, err := keys.Peek()
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := &audit.Keyring{File: keys.File} // another process
	next, err := elsewhere.Rotate(t.Context(), w.store.Audit(), w.now(), nil, "x")
	if err != nil {
		t.Fatal(err)
	}
	if head, err = log.Head(t.Context()); err != nil || head.Key != next.Verifier() || len(head.Changes) != 1 {
		t.Errorf("got %v %v, want it by the next key", head, err)
	}
	if err := proof.Replace(keys.File, "PRIVATE+KEY"); err != nil {
		t.Fatal(err)
	}
	if head, err := log.Head(t.Context()); err == nil {
		t.Errorf("no key: got %v, want it refused", head)
	}
	late := audit.Log{Store: w.store.Audit(), Keys: &audit.Keyring{Key: before}}
	if head, err := late.Head(t.Context()); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("the key of before: got %v %v, want it refused", head, err)
	}
}
