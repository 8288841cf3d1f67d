package did

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/inventory"
	"didops/internal/order"
	"didops/internal/view"
)

// FitsFilter reports whether the number of a purchase's line is one of a filter,
// by what its quote says of it and by nothing else. A filter that can't be read
// fits nothing.
func FitsFilter(filter json.RawMessage, l order.Line) bool {
	var f Filter
	d := json.NewDecoder(strings.NewReader(string(filter)))
	d.DisallowUnknownFields()
	if d.Decode(&f) != nil {
		return false
	}
	m, err := f.compile()
	if err != nil || l.Fact(factOffered) != yes {
		return false
	}
	has := strings.Fields(l.Fact("features"))
	n := &exchange.Number{
		ID: l.ID, Digits: l.Number, Country: l.Country, Type: l.Fact("type"), Vendor: l.Fact("vendor"),
		Voice: slices.Contains(has, "voice"), SMS: slices.Contains(has, "sms"), Fax: slices.Contains(has, "fax"), Video: slices.Contains(has, "video"),
		SetupFee: l.SetupFee, MonthlyFee: l.MonthlyFee, DocumentsUnstated: l.Documents == nil, NeedsDocuments: l.Documents != nil && *l.Documents,
	}
	return n.MonthlyFee.Known() && n.SetupFee.Known() && m.match(n) && m.sells(n)
}

// Keepable reports why a mandate can't be held to a filter: a part of it looks at
// what no quote says.
func (f Filter) Keepable() error {
	if f.Description != "" {
		return fault.New(fault.Invalid, "a mandate can't go by descriptions: sellers write them as they like, and no quote binds them").
			WithField("description").WithHint("use city, prefix, pattern or vendor")
	}
	_, err := f.compile()
	return err
}

// labelTerms are the terms of a purchase that only we know of.
func labelTerms() []string {
	return []string{inventory.TermOwner, inventory.TermCostCentre, inventory.TermTags, inventory.TermNote}
}

// RoutingOf returns what a line of a purchase says of account and routing: all of
// its terms but labels.
func RoutingOf(l order.Line) map[string]string {
	terms := map[string]string{}
	for _, t := range l.Terms {
		if !slices.Contains(labelTerms(), t.Name) {
			terms[t.Name] = t.Value
		}
	}
	return terms
}

// Standing is what a mandate says of account and routing, for all purchases by it.
type Standing struct {
	Routing map[string]string // by the names of terms, with {number} for the digits; holds passwords
	Shown   view.Fields       // the same without
	Notices []string          // such as a new host
}

// Standings returns how account and routing are read that a mandate is to have:
// as a purchase reads them, templates included.
func Standings(c Config) (func(in PurchaseIn, by identity.Caller) (Standing, error), error) {
	d, err := newWriteOps(c)
	if err != nil {
		return nil, err
	}
	return d.standing, nil
}

func (d *writeOps) standing(in PurchaseIn, by identity.Caller) (Standing, error) {
	b, err := d.terms(in, by)
	if err != nil {
		return Standing{}, err
	}
	account := strconv.FormatInt(b.account, 10)
	s := Standing{Routing: map[string]string{termAccount: account}, Shown: fields("Account", account), Notices: notices(b.wishes[:]...)}
	for i, label := range standingRoutes() {
		w := b.wishes[i]
		s.Routing[parameterOf(w.scheme)] = w.text
		if w.text == "" {
			continue
		}
		f := routeFact(parameterOf(w.scheme), w.scheme, w.text)
		if shown := f.String(); w.fresh != "" {
			f.Shown = shown + newHost
		}
		s.Shown = append(s.Shown, fields(label, f.String())...)
	}
	return s, nil
}

// standingRoutes are the labels under which a standing shows its addresses, those
// of calls first.
func standingRoutes() [2]string { return [2]string{"Calls to", "Messages to"} }

// StandsOnNewHost reports whether what a standing shows names a host that is in
// neither the templates nor [routing] hosts.
func StandsOnNewHost(shown []order.Fact) bool {
	labels := standingRoutes()
	return slices.ContainsFunc(shown, func(f order.Fact) bool {
		return slices.Contains(labels[:], f.Name) && strings.HasSuffix(f.Value, newHost)
	})
}

// under returns the terms of a purchase by a mandate: what is not said of account
// and routing is as the mandate has it, and a host of it is as new as if it had
// been named. Of a mandate that is not in force nothing is taken: people decide,
// and what they are shown is as configured.
func (d *writeOps) under(ctx context.Context, in PurchaseIn, b purchaseTerms, by identity.Caller) (purchaseTerms, error) {
	if d.Mandated == nil {
		return b, fault.New(fault.NotFound, "there are no mandates").WithField("mandate").WithHint("leave it out: people decide then")
	}
	routing, err := d.Mandated(ctx, in.Mandate, by)
	if err != nil || routing == nil {
		return b, err
	}
	for i, given := range []string{in.Contact, in.SMPPContact} {
		if scheme := b.wishes[i].scheme; given == "" {
			b.wishes[i] = d.routes.standing(scheme, routing[parameterOf(scheme)])
		}
	}
	if in.Account == 0 {
		b.account, err = strconv.ParseInt(routing[termAccount], 10, 64)
	}
	return b, err
}
