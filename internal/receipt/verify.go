package receipt

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	strict "github.com/go-json-experiment/json"

	"didops/internal/audit"
	"didops/internal/identity"
	"didops/internal/proof"
)

// Found is what a receipt proves.
type Found struct {
	Order     string
	Kind      string
	State     string // of the order, after its last entry
	Requested time.Time
	By        string // who asked for it, as the trail names it
	Terms     json.RawMessage
	Decisions []Decision
	Sent      int // requests to the exchange that the entries tell of
	Entries   []int64
	Head      proof.Head
	Key       string     // that signed the head
	Keys      proof.Keys // all of the log; Key is the present one
	Warnings  []string   // what the terms want, and the entries do not show

	changes  []string           // of keys, that led to Key
	passkeys []proof.Credential // that signed
}

// Decision is one decision of a receipt.
type Decision struct {
	Event      string // approved or rejected
	By         string
	At         time.Time
	Strength   string // "" = the trail does not say
	Credential string // the passkey whose signature was verified; "" = none signed it
	Person     string // whose passkey that is
}

// terms are what of the public terms is held against the entries.
type terms struct {
	Order    string    `json:"order"`
	Exchange string    `json:"exchange"`
	Kind     string    `json:"kind"`
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires"`
	Rules    rules     `json:"rules"`
}

// Verify checks a receipt by itself: the head by its key, that every entry is in
// the log of the head, that the entries are all that changed the order up to the
// last one, without a gap, that the terms are those that were asked for, and every
// signature of a passkey. It proves what the log said at the head; that the key is
// the right one, only who knows it can tell.
func Verify(text []byte) (Found, error) {
	r, err := ParseFile(text)
	if err != nil {
		return Found{}, err
	}
	v := verification{receipt: r, found: Found{Key: r.Key, changes: r.Keys}, used: map[string]bool{}}
	for _, step := range []func() error{v.head, v.entries, v.terms, v.credentials, v.decisions, v.approvals} {
		if err := step(); err != nil {
			return Found{}, err
		}
	}
	return v.found, nil
}

// verification is a receipt while it is checked.
type verification struct {
	receipt   Receipt
	found     Found
	list      []audit.Entry
	about     terms
	certified map[string]proof.Credential
	used      map[string]bool
}

func (v *verification) head() error {
	var err error
	if v.found.Keys, err = proof.Lineage(v.receipt.Key, v.receipt.Keys); err != nil {
		return fmt.Errorf("the key: %w", err)
	}
	if v.found.Head, err = proof.OpenHead(v.receipt.Head, v.receipt.Key); err != nil {
		return fmt.Errorf("the head: %w", err)
	}
	if v.found.Head.Origin != v.receipt.Origin {
		return errors.New("the head is of another log")
	}
	return nil
}

func (v *verification) entries() error {
	var prev int64
	for i, e := range v.receipt.Entries {
		is, err := e.entry()
		if err == nil {
			err = v.found.Head.Included(e.Seq, e.Text, e.Proof)
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		switch {
		case is.OrderNth != i+1 || is.OrderPrev != prev || is.Seq <= prev:
			return fmt.Errorf("entry %d is not the one of the order that follows entry %d: some are missing", e.Seq, prev)
		case is.Order == "" || i > 0 && is.Order != v.list[0].Order:
			return fmt.Errorf("entry %d is about another order", e.Seq)
		}
		v.list, prev = append(v.list, is), is.Seq
	}
	if len(v.list) == 0 || v.list[0].Event != "requested" {
		return errors.New("it does not begin with the request")
	}
	return v.course()
}

// course tells what became of the order by its entries.
func (v *verification) course() error {
	first, last := v.list[0], v.list[len(v.list)-1]
	v.found.Order, v.found.Kind, v.found.State, v.found.Requested, v.found.By = first.Order, first.Kind, last.State, first.At, named(first.Actor)
	away := map[string]bool{} // numbers whose request may have reached the exchange
	for _, e := range v.list {
		v.found.Entries = append(v.found.Entries, e.Seq)
		switch {
		case e.Event == "sent":
			v.found.Sent++
			away[e.Number] = true
		case e.Line == "waiting":
			delete(away, e.Number)
		}
	}
	if ended(last.State) && (len(away) > 0 || v.found.Sent > 0 && last.State != "cancelled") {
		return fmt.Errorf("the order is %s, and was sent", last.State)
	}
	return nil
}

// ended reports whether an order in a state ended without being carried out. One
// that is cancelled may have been sent to an exchange that was not reached: its
// line waits again then.
func ended(state string) bool {
	return state == "rejected" || state == "expired" || state == "cancelled"
}

// terms checks that the terms are those that the request committed to.
func (v *verification) terms() error {
	salt, err := proof.Unbase64(v.receipt.Salt)
	if err != nil {
		return fmt.Errorf("the salt: %w", err)
	}
	first := v.list[0]
	if first.Terms == "" || first.Terms != proof.TermsHash(salt, v.receipt.Terms) {
		return errors.New("the terms are not those that were asked for")
	}
	if err := strict.Unmarshal(v.receipt.Terms, &v.about); err != nil {
		return fmt.Errorf("the terms can't be read: %w", err)
	}
	if v.about.Order != first.Order || v.about.Exchange != first.Exchange || v.about.Kind != first.Kind || !v.about.Created.Equal(first.At) {
		return errors.New("the terms are those of another order")
	}
	v.found.Terms = v.receipt.Terms
	return nil
}

func (v *verification) credentials() error {
	v.certified = map[string]proof.Credential{}
	for _, note := range v.receipt.Credentials {
		c, err := openCredential(note, v.found.Keys)
		if err != nil {
			return fmt.Errorf("a credential: %w", err)
		}
		v.certified[c.ID] = c
		v.found.passkeys = append(v.found.passkeys, c)
	}
	if len(v.certified) < len(v.receipt.Credentials) {
		return errors.New("a credential is there twice")
	}
	return nil
}

// openCredential opens a certificate by one of the keys of the log. One that was
// followed by another key certifies what was enrolled before.
func openCredential(note string, keys proof.Keys) (proof.Credential, error) {
	text, by, err := keys.Open(note)
	if err != nil {
		return proof.Credential{}, err
	}
	c, err := proof.ParseCredential(text)
	if err == nil {
		err = by.Allows(c.Entry)
	}
	return c, err
}

func (v *verification) decisions() error {
	for _, e := range v.list {
		if e.Event != "approved" && e.Event != "rejected" {
			continue
		}
		d := Decision{Event: e.Event, By: named(e.Actor), At: e.At}
		if p := e.Decision; p != nil {
			d.Strength = p.Strength
			if p.Signature != "" || p.Strength == passkey {
				if err := v.signed(e); err != nil {
					return fmt.Errorf("entry %d: the signature of the passkey: %w", e.Seq, err)
				}
				d.Credential, d.Person = p.Credential, p.Person
			}
		}
		v.found.Decisions = append(v.found.Decisions, d)
	}
	if len(v.used) < len(v.certified) {
		return errors.New("it holds a credential that signed nothing")
	}
	return nil
}

// passkey is what the trail calls the strength of a signed decision.
const passkey = "passkey"

// signed verifies the assertion of an entry.
func (v *verification) signed(e audit.Entry) error {
	p := *e.Decision
	c, ok := v.certified[p.Credential]
	switch {
	case !ok:
		return errors.New("its credential is not in the receipt")
	case c.Person != p.Person || c.Person == "":
		return errors.New("the credential is another person's")
	case e.Actor != nil && e.Actor.Realm == identity.Web && e.Actor.ID != p.Person:
		return errors.New("another person decided than the one whose passkey signed")
	case c.Entry > e.Seq:
		return errors.New("the credential was enrolled later")
	}
	expires, err := time.Parse(time.RFC3339Nano, p.Expires)
	if err != nil || !expires.Equal(v.about.Expires) {
		return errors.New("it was asked for under another end of the order's time")
	}
	decision := "approve"
	if e.Event == "rejected" {
		decision = "reject"
	}
	sum, err := proof.Challenge{
		Order: e.Order, Terms: v.list[0].Terms, Decision: decision, Person: p.Person, Expires: p.Expires, Nonce: p.Nonce,
	}.Sum()
	if err != nil {
		return err
	}
	v.used[p.Credential] = true
	return verifyAssertion(c, sum[:], p)
}

func named(a *audit.Actor) string {
	if a == nil {
		return "the program itself"
	}
	name := a.Realm + ":" + a.ID
	if a.Name != "" && a.Name != a.ID {
		name += " (" + a.Name + ")"
	}
	if a.Via != "" {
		name += ", " + a.Via
	}
	return name
}
