package passkey_test

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/passkey"
	"didops/internal/proof"
	"didops/internal/store"
	"didops/internal/testing/authenticator"
	"didops/internal/testing/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.Main(m)) }

const (
	page   = "https://didops.example/approve"
	origin = "https://didops.example"
	domain = "didops.example"
)

// world is a store, the key of the log and a service.
type world struct {
	*passkey.Service

	t     *testing.T
	store *store.Store
	key   *proof.Signer
	seen  string
	path  string // of the store, where it is a file
	began time.Time
	ahead atomic.Int64
}

func (w *world) now() time.Time {
	return w.began.Add(time.Duration(w.ahead.Load()))
}

func (w *world) later(d time.Duration) { w.ahead.Add(int64(d)) }

// service returns another service on the same store, as another process has it.
func (w *world) service() *passkey.Service {
	w.t.Helper()
	s, err := passkey.New(passkey.Config{
		Store: w.store.Passkeys(), Key: &audit.Keyring{Key: w.key}, Page: page, Exchange: "x", SeenFile: w.seen, Now: w.now, Log: zerolog.Nop(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func newWorld(t *testing.T, c store.Config) *world {
	t.Helper()
	w := &world{t: t, seen: filepath.Join(t.TempDir(), "seen"), path: c.Path, began: time.Now().UTC().Truncate(time.Microsecond)}
	c.Now = w.now
	var err error
	if w.store, err = store.Open(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.store.Close() })
	if w.key, _, err = proof.NewSigner(""); err != nil {
		t.Fatal(err)
	}
	w.Service = w.service()
	return w
}

func onFile(t *testing.T) *world {
	t.Helper()
	return newWorld(t, store.Config{Path: filepath.Join(t.TempDir(), "orders.db")})
}

func operator() audit.Actor {
	return audit.Actor{Realm: "os", ID: "root", Name: "root", Via: "terminal"}
}

func (w *world) invite(person string) string {
	w.t.Helper()
	token, until, err := w.Invite(w.t.Context(), person, operator())
	if err != nil || !until.Equal(w.now().Add(passkey.InvitedFor)) {
		w.t.Fatalf("got %v until %s", err, until)
	}
	return token
}

func device(t *testing.T, edwards bool) *authenticator.Passkey {
	t.Helper()
	p, err := authenticator.New(origin, domain, edwards)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// enrol enrols a passkey for a person.
func (w *world) enrol(person string, p *authenticator.Passkey) passkey.Credential {
	w.t.Helper()
	c, err := w.finish(w.invite(person), p)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) finish(token string, p *authenticator.Passkey) (passkey.Credential, error) {
	begun, err := w.BeginEnrol(w.t.Context(), token)
	if err != nil {
		return passkey.Credential{}, err
	}
	answer, err := p.Create(begun.Options)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.FinishEnrol(w.t.Context(), token, answer)
}

// signIn signs in by a passkey, as changed between question and answer.
func (w *world) signIn(p *authenticator.Passkey, change func()) (passkey.Credential, error) {
	begun, err := w.BeginSignIn(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if change != nil {
		change()
	}
	answer, err := p.Get(begun.Options)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.FinishSignIn(w.t.Context(), begun.Handle, answer)
}

// warned returns what the trail says of odd uses.
func (w *world) warned() string {
	var text strings.Builder
	if err := audit.Export(w.t.Context(), w.store.Audit(), &text); err != nil {
		w.t.Fatal(err)
	}
	var list []string
	for line := range strings.SplitSeq(text.String(), "\n") {
		if strings.Contains(line, `"passkey warned"`) {
			list = append(list, line)
		}
	}
	return strings.Join(list, "\n")
}

func TestEnrolAndSignIn(t *testing.T) {
	t.Parallel()
	for engine, c := range map[string]store.Config{"sqlite": {Path: filepath.Join(t.TempDir(), "orders.db")}, "postgres": {URL: pgtest.Database(t)}} {
		w := newWorld(t, c)
		for _, edwards := range []bool{false, true} {
			p := device(t, edwards)
			c := w.enrol("Alice", p)
			if c.Person != "Alice" || c.Entry == 0 || c.Certificate == "" || len(c.Transports) != 2 {
				t.Errorf("%s: got %+v", engine, c)
			}
			for n := range uint32(3) {
				p.Counter = n // a device that counts
				if got, err := w.signIn(p, nil); err != nil || got.Person != "Alice" {
					t.Errorf("%s: got %q %v, want Alice", engine, got.Person, err)
				}
			}
		}
		list, err := w.List(t.Context(), "Alice")
		if err != nil || len(list) != 2 || list[0].Void+list[1].Void != "" || list[0].Entry >= list[1].Entry || list[1].Counter != 2 || list[1].Used.IsZero() {
			t.Errorf("%s: got %+v %v", engine, list, err)
		}
		if list, err = w.List(t.Context(), "Bob"); err != nil || len(list) != 0 {
			t.Errorf("%s: got %+v %v, want none of Bob", engine, list, err)
		}
		if got := w.warned(); got != "" {
			t.Errorf("%s: warned: %s", engine, got)
		}
	}
}

func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(w *world, p *authenticator.Passkey)
	}{
		{"wrong origin", func(_ *world, p *authenticator.Passkey) { p.Origin = "https://didops.example.org" }},
		{"the same host without TLS", func(_ *world, p *authenticator.Passkey) { p.Origin = "http://didops.example" }},
		{"another port", func(_ *world, p *authenticator.Passkey) { p.Origin = "https://didops.example:8443" }},
		{"wrong relying party", func(_ *world, p *authenticator.Passkey) { p.Domain = "example" }},
		{"no user verification", func(_ *world, p *authenticator.Passkey) { p.Flags = authenticator.Present }},
		{"nobody there", func(_ *world, p *authenticator.Passkey) { p.Flags = authenticator.Verified }},
		{"another passkey with its id", func(w *world, p *authenticator.Passkey) {
			other := device(w.t, false)
			other.ID = p.ID
			*p = *other
		}},
		{"one that is not enrolled", func(w *world, p *authenticator.Passkey) { *p = *device(w.t, true) }},
		{"removed", func(w *world, p *authenticator.Passkey) {
			if _, err := w.Remove(w.t.Context(), p.ID, operator()); err != nil {
				w.t.Fatal(err)
			}
		}},
		{"too late", func(w *world, _ *authenticator.Passkey) { w.later(6 * time.Minute) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := onFile(t)
			p := device(t, false)
			w.enrol("Alice", p)
			if got, err := w.signIn(p, func() { tt.do(w, p) }); fault.CodeOf(err) != fault.Forbidden || got.Person != "" {
				t.Errorf("got %q %v, want %s", got.Person, err, fault.Forbidden)
			}
		})
	}
}

// TestRemoved holds that a removed passkey is gone for its person, and its
// certificate is not, for who checks what it signed.
func TestRemoved(t *testing.T) {
	t.Parallel()
	w := onFile(t)
	c := w.enrol("Alice", device(t, false))
	for _, code := range []fault.Code{"", fault.NotFound} {
		if _, err := w.Remove(t.Context(), c.ID, operator()); fault.CodeOf(err) != code {
			t.Errorf("got %v, want %q", err, code)
		}
	}
	if list, err := w.List(t.Context(), ""); err != nil || len(list) > 0 {
		t.Errorf("got %+v %v, want none", list, err)
	}
	note, err := w.Certificate(t.Context(), c.ID.String())
	if err != nil || note != c.Certificate {
		t.Errorf("got %q %v", note, err)
	}
	for _, id := range []string{"AAAA", "", "%"} {
		if _, err := w.Certificate(t.Context(), id); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%q: got %v, want %s", id, err, fault.NotFound)
		}
	}
}

func TestAHandleIsOfOneUse(t *testing.T) {
	t.Parallel()
	w := onFile(t)
	p := device(t, false)
	w.enrol("Alice", p)
	begun, err := w.BeginSignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	good, err := p.Get(begun.Options)
	if err != nil {
		t.Fatal(err)
	}
	// An answer that does not hold uses the handle up as well.
	if _, err := w.FinishSignIn(t.Context(), begun.Handle, []byte(`{}`)); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("got %v, want %s", err, fault.Invalid)
	}
	for _, answer := range [][]byte{good, nil} {
		if _, err := w.FinishSignIn(t.Context(), begun.Handle, answer); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("got %v, want %s", err, fault.Forbidden)
		}
	}
	// The answer to one question is none to another.
	other, err := w.BeginSignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.FinishSignIn(t.Context(), other.Handle, good); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("got %v, want %s", err, fault.Forbidden)
	}
}

// TestOddUses holds that what is odd is told and locks nobody out.
func TestOddUses(t *testing.T) {
	t.Parallel()
	const synced = authenticator.Present | authenticator.Verified | authenticator.BackupEligible | authenticator.BackedUp
	for _, tt := range []struct {
		name string
		was  byte
		at   uint32
		is   byte
		now  uint32
		says string // "" = nothing
	}{
		{"a device counts", 5, 7, 5, 8, ""},
		{"a synchronised one does not", synced, 0, synced, 0, ""},
		{"the counter goes back", 5, 7, 5, 6, "from 7 to 6"},
		{"the counter stays", 5, 7, 5, 7, "from 7 to 7"},
		{"it counts no more", 5, 7, 5, 0, "from 7 to 0"},
		{"it is backed up now", synced &^ authenticator.BackedUp, 0, synced, 0, ""},
		{"it is not backed up any more", synced, 0, synced &^ authenticator.BackedUp, 0, ""},
		{"it may be copied now", 5, 0, synced, 0, "was false, and is true"},
		{"it may not be copied any more", synced, 0, 5, 0, "was true, and is false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := onFile(t)
			p := device(t, false)
			p.Flags, p.Counter = tt.was, tt.at
			w.enrol("Alice", p)
			p.Flags, p.Counter = tt.is, tt.now
			got, err := w.signIn(p, nil)
			if err != nil || got.Person != "Alice" {
				t.Fatalf("got %q %v, want Alice", got.Person, err)
			}
			if said := w.warned(); (said == "") != (tt.says == "") || !strings.Contains(said, tt.says) {
				t.Errorf("the trail says %q, want %q", said, tt.says)
			}
			if got, err = w.signIn(p, nil); err != nil || got.Flags != tt.is || got.Counter != tt.now {
				t.Errorf("again: got %+v %v", got, err)
			}
		})
	}
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(w *world, token string) string // returns the token that is used
		code fault.Code                          // "" = it is enrolled
	}{
		{"once", func(_ *world, token string) string { return token }, ""},
		{"near its end", func(w *world, token string) string { w.later(29 * time.Minute); return token }, ""},
		{"after its end", func(w *world, token string) string { w.later(30 * time.Minute); return token }, fault.Forbidden},
		{"another token", func(_ *world, token string) string { return token[1:] + "A" }, fault.Forbidden},
		{"none", func(*world, string) string { return "" }, fault.Forbidden},
		{"twice", func(w *world, token string) string {
			if _, err := w.finish(token, device(w.t, false)); err != nil {
				w.t.Fatal(err)
			}
			return token
		}, fault.Forbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := onFile(t)
			token := tt.do(w, w.invite("Alice"))
			if _, err := w.finish(token, device(t, false)); fault.CodeOf(err) != tt.code {
				t.Errorf("got %v, want %q", err, tt.code)
			}
		})
	}
}

// TestEnrolmentsThatDoNotHold holds that a refused answer makes nothing, and that
// the invitation is good for another try.
func TestEnrolmentsThatDoNotHold(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*authenticator.Passkey){
		"wrong origin":           func(p *authenticator.Passkey) { p.Origin = "https://evil.example" },
		"wrong relying party":    func(p *authenticator.Passkey) { p.Domain = "evil.example" },
		"no user verification":   func(p *authenticator.Passkey) { p.Flags = authenticator.Present },
		"an id that is too long": func(p *authenticator.Passkey) { p.ID = make([]byte, 2000) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onFile(t)
			token, p := w.invite("Alice"), device(t, false)
			change(p)
			if _, err := w.finish(token, p); fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("got %v, want %s", err, fault.Forbidden)
			}
			if list, err := w.List(t.Context(), ""); err != nil || len(list) > 0 {
				t.Errorf("got %+v %v, want none", list, err)
			}
			if _, err := w.finish(token, device(t, false)); err != nil {
				t.Errorf("a second try: %v", err)
			}
		})
	}
}
