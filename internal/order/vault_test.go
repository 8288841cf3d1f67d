package order_test

import (
	"context"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/approval"
	"didops/internal/audit"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/passkey"
	"didops/internal/proof"
	"didops/internal/testing/authenticator"
	"didops/internal/testing/pgtest"
	"didops/internal/testing/wide"
)

const (
	pageAddress = "https://didops.example"
	pageDomain  = "didops.example"
)

// vault is a world whose store somebody else can write, in which rules want
// passkeys, with the key of the log outside of the store.
type vault struct {
	*harness

	burglar        // who writes the store
	seen    string // what was seen of its trail
	key     *proof.Signer
	service *passkey.Service
	devices map[string]*authenticator.Passkey
}

// inVault runs a test in a vault in a file, in virtual time. Alice asks; Bob and
// Carol have passkeys.
func inVault(t *testing.T, run func(v *vault)) {
	t.Helper()
	path := sqlitePath(t)
	by := burglar{driver: "sqlite", source: "file:" + path + "?_pragma=busy_timeout(10000)"}
	inVaultOf(t, by, func(tb testing.TB) *harness { tb.Helper(); return onDisk(tb, path) }, run)
}

// inVaults runs the nth of several tests in a vault in a file and in one in
// PostgreSQL: there one of eight, unless all is to run.
func inVaults(t *testing.T, nth int, run func(v *vault)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		inVault(t, run)
	})
	if !wide.Pick(nth%8 == 0, true) {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		inPostgres(t, run)
	})
}

// inPostgres is [inVault] with a database of its own.
func inPostgres(t *testing.T, run func(v *vault)) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a server")
	}
	url, o := pgtest.Database(t), newOutside(t)
	inVaultOf(t, burglar{driver: "pgx", source: url, outside: o}, func(tb testing.TB) *harness {
		tb.Helper()
		return opening(tb, func(tb testing.TB, now clock) (stores, func()) { tb.Helper(); return o.open(tb, url, now) })
	}, run)
}

func inVaultOf(t *testing.T, by burglar, world func(testing.TB) *harness, run func(v *vault)) {
	t.Helper()
	inBubbleUnchecked(t, world, func(w *harness) { run(newVault(w, by, w.t.TempDir())) })
}

// newVault makes a vault of a world, with what was seen of its trail in a folder.
func newVault(w *harness, by burglar, folder string) *vault {
	w.Helper()
	v := &vault{harness: w, burglar: by, seen: filepath.Join(folder, "seen"), devices: map[string]*authenticator.Passkey{}}
	var err error
	if v.key, _, err = proof.NewSigner(""); err != nil {
		w.Fatal(err)
	}
	w.alter = func(c *order.Config) { c.Passkeys = v.verifier(v.key) }
	v.service = v.verifier(v.key)
	v.rules(approval.Rule{Name: "signed", Strength: identity.Passkey})
	for _, person := range []string{"Bob", "Carol"} {
		v.devices[person] = v.enrol(person)
	}
	return v
}

// verifier returns what a process verifies passkeys by that has a key.
func (v *vault) verifier(key *proof.Signer) *passkey.Service {
	v.Helper()
	kept := v.store.(interface{ Passkeys() passkey.Store })
	s, err := passkey.New(passkey.Config{
		Store: kept.Passkeys(), Key: &audit.Keyring{Key: key}, Page: pageAddress, Exchange: place, SeenFile: v.seen, Now: v.now, Log: zerolog.Nop(),
	})
	if err != nil {
		v.Fatal(err)
	}
	return s
}

// rules sets the rules of the present configuration.
func (v *vault) rules(list ...approval.Rule) {
	v.may(func(p *order.Policy) {
		p.People = nil
		for _, name := range []string{"Alice", "Bob", "Carol"} {
			p.People = append(p.People, identity.Person{Name: name, IDs: map[string]string{identity.OS: strings.ToLower(name), identity.Web: name}})
		}
		p.Realms = maps.Clone(p.Realms)
		p.Realms[identity.Web] = order.RealmPolicy{Approves: true, Approvers: []string{"Alice", "Bob", "Carol"}, Page: pageAddress}
		p.Rules = approval.Compile(approval.Config{Rules: list, Settings: approval.Needs{Count: 1, RequesterCounts: true}, People: p.People})
	})
}

func webOf(person string) identity.Caller {
	return identity.Caller{Frontend: identity.FrontWeb, Principal: identity.Principal{Realm: identity.Web, ID: person, Name: person, Role: identity.Approver}}
}

func (v *vault) enrol(person string) *authenticator.Passkey {
	v.Helper()
	ctx := context.Background()
	token, _, err := v.service.Invite(ctx, person, audit.Actor{Realm: "os", ID: "root"})
	if err != nil {
		v.Fatal(err)
	}
	p, err := authenticator.New(pageAddress, pageDomain, person == "Carol")
	if err != nil {
		v.Fatal(err)
	}
	begun, err := v.service.BeginEnrol(ctx, token)
	if err != nil {
		v.Fatal(err)
	}
	answer, err := p.Create(begun.Options)
	if err == nil {
		_, err = v.service.FinishEnrol(ctx, token, answer)
	}
	if err != nil {
		v.Fatal(err)
	}
	return p
}

// signs returns a person's signature over a decision.
func (v *vault) signs(d *testEngine, person, id string, approve bool) *order.Assertion {
	v.Helper()
	c, err := d.Challenge(context.Background(), id, approve, webOf(person))
	if err != nil {
		v.Fatalf("challenge: %v", err)
	}
	answer, err := v.devices[person].Get(c.Options)
	if err != nil {
		v.Fatal(err)
	}
	a, err := order.ParseAssertion(c.Nonce.String(), answer)
	if err != nil {
		v.Fatal(err)
	}
	return a
}

// decides has a person decide an order by a passkey.
func (v *vault) decides(d *testEngine, person, id string, approve bool) (order.Order, error) {
	v.Helper()
	a := v.signs(d, person, id, approve)
	return d.Decide(context.Background(), order.DecideRequest{Order: id, Approve: approve, By: webOf(person), Assertion: a})
}

func (v *vault) approves(d *testEngine, person, id string) order.Order {
	v.Helper()
	o, err := v.decides(d, person, id, true)
	if err != nil {
		v.Fatalf("approve: %v", err)
	}
	return o
}

// tampers changes an order in the store as somebody does who can write there and
// knows its key.
func (v *vault) tampers(id string, change func(r *order.Record)) {
	v.Helper()
	err := v.store.Orders().Write(context.Background(), func(tx order.Tx) error {
		r, err := tx.Order(id)
		if err != nil {
			return err
		}
		change(&r)
		if r, err = order.Reseal(tx, r); err != nil {
			return err
		}
		return tx.Save(r)
	})
	if err != nil {
		v.Fatalf("tamper: %v", err)
	}
}

// record returns an order as the store has it.
func (v *vault) record(id string) order.Record {
	v.Helper()
	r, err := v.look(id)
	if err != nil {
		v.Fatal(err)
	}
	return r
}

func (v *vault) look(id string) (r order.Record, err error) {
	err = v.store.Orders().Read(context.Background(), func(tx order.Tx) error {
		r, err = tx.Order(id)
		return err
	})
	return r, err
}

// trail returns what the trail has of an event.
func (v *vault) trail(event string) []audit.Entry {
	v.Helper()
	var list []audit.Entry
	err := v.store.Audit().Read(context.Background(), func(tx audit.Tx) error {
		list = nil
		_, err := audit.Verify(tx, "", func(_ audit.Kept, e audit.Entry) {
			if e.Event == event {
				list = append(list, e)
			}
		})
		return err
	})
	if err != nil {
		v.Fatal(err)
	}
	return list
}

// plan asks for numbers to be given up before they renew, in an hour and more.
func (v *vault) plan(d *testEngine, numbers ...string) order.Order {
	v.Helper()
	v.renews(lead+time.Hour, numbers...)
	o, err := d.Place(context.Background(), later(alice(), numbers...))
	if err != nil {
		v.Fatal(err)
	}
	return o
}

// passes lets the time pass by which everything that is planned is due, with a
// process that sends.
func (v *vault) passes(d *testEngine) {
	v.Helper()
	d.Start()
	time.Sleep(time.Hour + lead/2)
}
