package order

import (
	"crypto/rand"
	"time"

	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/proof"
	"didops/internal/risk"
	"didops/internal/schedule"
)

// saltSize is how many random bytes keep anybody from guessing terms by their
// hash.
const saltSize = 16

func newSalt() []byte {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	return salt
}

// publicTerms is what an order is about as everybody may see it who sees the
// order, secrets masked. Its JSON form is kept in receipts: a field that is
// added must be absent while it is empty.
type publicTerms struct {
	Order     string               `json:"order"`
	Exchange  string               `json:"exchange"`
	Operation string               `json:"operation"`
	Kind      string               `json:"kind"`
	Risk      string               `json:"risk"`
	Requester identity.PublicParty `json:"requester"`
	Reason    string               `json:"reason,omitempty"`
	Created   time.Time            `json:"created"`
	Expires   time.Time            `json:"expires"`
	Currency  string               `json:"currency"`
	DueNow    string               `json:"due_now,omitempty"` // all lines together, where something is bought
	Lines     []publicLine         `json:"lines"`
	Quote     string               `json:"quote_hash,omitempty"` // binds what is masked as well
	Notices   []string             `json:"notices,omitempty"`
	Mandate   string               `json:"mandate,omitempty"`
	Choice    string               `json:"choice,omitempty"`
	Replaces  string               `json:"replaces,omitempty"` // the order that an edit made it of
	Rules     Rules                `json:"rules"`              // what it needs in order to be approved
}

// publicLine is one line of [publicTerms].
type publicLine struct {
	Number     string       `json:"number"` // +E.164
	ID         string       `json:"id"`
	Country    string       `json:"country,omitempty"`
	SetupFee   money.Amount `json:"setup_fee,omitzero"`
	MonthlyFee money.Amount `json:"monthly_fee,omitzero"`
	DueNow     money.Amount `json:"due_now"`
	Documents  *bool        `json:"documents,omitempty"`
	Facts      []publicFact `json:"facts"`
	Terms      []publicFact `json:"terms,omitempty"`

	Send schedule.Window `json:"send,omitzero"`
}

// publicFact is a [Fact] without its secret.
type publicFact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// PublicTerms returns what an order is about, as canonical JSON: what its card
// shows, with what was masked there masked. It is the same for the whole life
// of the order.
func PublicTerms(r Record) ([]byte, error) {
	r = r.Whole()
	t := publicTerms{
		Order: r.ID, Exchange: r.Exchange, Operation: r.Tool, Kind: r.Kind, Risk: r.Risk.String(),
		Requester: identity.PublicParty{Realm: r.Requester.Realm, Name: clean(r.Requester.Name)}, Reason: r.Reason,
		Created: r.Created, Expires: r.Expires, Currency: r.Currency, Quote: r.Hash, Lines: []publicLine{},
		Notices: r.Quote.Notices, Mandate: r.Quote.Mandate, Choice: r.Quote.Choice, Replaces: r.Replaces, Rules: r.Asked,
	}
	if r.Risk == risk.Spend {
		t.DueNow = r.DueNow().String()
	}
	for _, l := range r.Quote.Lines {
		t.Lines = append(t.Lines, publicLine{
			Number: shown(l.Number), ID: l.ID, Country: l.Country, SetupFee: l.SetupFee, MonthlyFee: l.MonthlyFee, DueNow: l.DueNow,
			Documents: l.Documents, Facts: publicFacts(l.Facts), Terms: publicFacts(l.Terms), Send: l.Send,
		})
	}
	return proof.Canonical(t)
}

func publicFacts(list []Fact) []publicFact {
	facts := []publicFact{}
	for _, f := range list {
		facts = append(facts, publicFact{f.Name, f.String()})
	}
	return facts
}

// TermsHash returns the commitment to [PublicTerms] that the trail has where
// the order was asked for, hexadecimal (see [proof.TermsHash]). Without the
// order's salt, nobody can try terms against it.
func TermsHash(r Record) (string, error) {
	terms, err := PublicTerms(r)
	return proof.TermsHash(r.Salt, terms), err
}
