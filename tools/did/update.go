package did

import (
	"context"
	"slices"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/risk"
	"didops/internal/sipaddr"
	"didops/tools"
)

// UpdateIn is what did_update takes.
type UpdateIn struct {
	Numbers     []string `json:"numbers,omitempty" jsonschema:"minItems=1,maxItems=1000" jsonschema_description:"Own E.164 numbers"`
	WhereRoute  string   `json:"where_route,omitempty" instead:"true" jsonschema_description:"All routed to this host[:port]"`
	Country     string   `json:"country,omitempty" several:"true" instead:"true" jsonschema_description:"All there"`
	Restore     string   `json:"restore,omitempty" instead:"true" jsonschema_description:"Order id: set the routes of before it"`
	Contact     string   `json:"contact,omitempty" jsonschema_description:"Where calls go: template or sip:user@host[:port]; stays if left out"`
	SMPPContact string   `json:"smpp_contact,omitempty" jsonschema_description:"Where messages go: template; stays if left out"`
	Reason      string   `json:"reason,omitempty" jsonschema_description:"For who decides"`
}

// Validate refuses what can't be asked for together.
func (in UpdateIn) Validate() error {
	switch {
	case len(in.Numbers) == 0 && in.WhereRoute == "" && in.Country == "" && in.Restore == "":
		return fault.New(fault.Invalid, "which numbers is missing").WithField("numbers").
			WithHint("give numbers, where_route, country or restore")
	case in.Restore != "" && (in.WhereRoute != "" || in.Country != "" || in.Contact != "" || in.SMPPContact != ""):
		return fault.New(fault.Invalid, "restore brings back the routes of before an order, and takes no others").WithField("restore").
			WithHint("leave all but restore, numbers and reason out")
	}
	return nil
}

// updateName is the operation's name.
const updateName = "did_update"

func (d *writeOps) updateOperation(numbers tools.Completer) tools.Declaration {
	return tools.Write[UpdateIn]{
		Name:    tools.Name{Noun: "did", Verb: "update"},
		Title:   "Ask to re-route numbers",
		Summary: "Re-route own phone numbers: forward calls of a number. Nothing changes until a person approves.",
		Doc:     "Change the route to a SIP address.",
		Hint:    "forward calls of a phone number: change call forwarding, route or re-route calls and SMS of own numbers to a SIP address, once a person approves",
		Risk:    risk.Change,
		Kind:    "update",
		Wording: order.Wording{
			Question: func(o order.Order) string { return "Re-route " + o.Span() + "?" },
			Outcome:  func(o order.Order) string { return "Re-route " + o.Numbers() },
			Past:     "re-routed", Confirm: order.ConfirmYes,
			Words: sellersWords(),
		},
		Examples: []tools.Example{
			{Says: "send the calls of a number where the configuration says", Args: map[string]any{"numbers": []string{"+971501234567"}, "contact": template}},
		},
		Complete: map[string]tools.Completer{"numbers": numbers, "where_route": d.completeHost, "country": completeCountry},
		Notes:    d.notes(),
		Lists:    map[string]tools.ListReader{"numbers": numbersIn},
		Identify: d.identifyUpdate, Quote: d.quoteUpdate, Requote: d.requoteOwn,
		Send: d.update, Reconcile: d.reconcileUpdate, DrawTerms: d.updateTermsView, Describe: describeUpdate,
		Summarize: updateBrief,
		Gist:      updateGist, Onward: d.updateOnward, Back: wayBack,
		Notices: freshHosts, Reroute: d.rerouteOwn,
	}
}

// updateRoutes returns the addresses that are to change; the others have no
// text.
func (d *writeOps) updateRoutes(in UpdateIn, by identity.Caller) ([2]route, error) {
	wishes := [2]route{{scheme: sipaddr.SIP}, {scheme: sipaddr.SMPP}}
	if in.Contact == "" && in.SMPPContact == "" {
		return wishes, fault.New(fault.Invalid, "nothing would change").WithField("contact").
			WithHint("give contact, smpp_contact or both")
	}
	for i, given := range [2]string{in.Contact, in.SMPPContact} {
		if given == "" {
			continue
		}
		w, err := d.routes.resolve(wishes[i].scheme, given, by)
		if err != nil {
			return wishes, err
		}
		if w.text == "" {
			return wishes, unset(w.scheme, "there is no template for "+what(w.scheme))
		}
		wishes[i] = w
	}
	return wishes, nil
}

func (d *writeOps) identifyUpdate(in UpdateIn, by identity.Caller) (order.IdempotencyKey, error) {
	if in.Restore != "" {
		named, err := digitsOf(in.Numbers)
		back := terms("restore", restored(in.Restore))
		return order.IdempotencyKey{Choice: back + digest("named", slices.Sorted(slices.Values(named))), Terms: back}, err
	}
	w, err := d.updateRoutes(in, by)
	if err != nil {
		return order.IdempotencyKey{}, err
	}
	id := order.IdempotencyKey{Terms: terms(w[0].text, w[1].text)}
	c, chooses, err := choiceOf(in)
	switch {
	case err != nil:
		return id, err
	case chooses:
		id.Choice = c.key()
		return id, nil
	}
	id.Numbers, err = digitsOf(in.Numbers)
	return id, err
}

// quoteUpdate quotes every number by itself: from the addresses that it has to
// those that it gets.
func (d *writeOps) quoteUpdate(ctx context.Context, in UpdateIn, by identity.Caller) (order.Quote, error) {
	if in.Restore != "" {
		return d.quoteBack(ctx, in, by)
	}
	wishes, err := d.updateRoutes(in, by)
	if err != nil {
		return order.Quote{}, err
	}
	c, chooses, err := choiceOf(in)
	if err != nil {
		return order.Quote{}, err
	}
	if chooses {
		return d.quoteChosen(ctx, c, wishes)
	}
	digits, err := digitsOf(in.Numbers)
	if err != nil {
		return order.Quote{}, err
	}
	find, err := d.finder(ctx, digits)
	if err != nil {
		return order.Quote{}, err
	}
	list, err := lines(ctx, digits, func(ctx context.Context, digits string) (order.Line, error) {
		return d.quoteRoutes(ctx, find, digits, wishes)
	})
	if err != nil {
		return order.Quote{}, err
	}
	if err := changing(list); err != nil {
		return order.Quote{}, err
	}
	return order.Quote{Lines: list, Notices: notices(wishes[:]...)}, nil
}

// quoteRoutes quotes one number: the addresses that are given, the others as
// they are.
func (d *writeOps) quoteRoutes(ctx context.Context, find ownFinder, digits string, wishes [2]route) (order.Line, error) {
	row, err := ownRow(ctx, find, "numbers", digits)
	if err != nil {
		return order.Line{}, err
	}
	l := ownLine(&row)
	for i, present := range [2]string{row.Contact, row.SMPPContact} {
		w := wishes[i]
		able := uses(&row.Number, w.scheme) || len(features(&row.Number)) == 0
		switch {
		case w.given && !able:
			return order.Line{}, useless(w.scheme, phone.Format(digits))
		case w.text != "" && able:
			l.Terms = append(l.Terms, w.term(row.Digits))
		case present != "":
			if err := keepable(w.scheme, present, digits); err != nil {
				return order.Line{}, err
			}
			l.Terms = append(l.Terms, routeFact(parameterOf(w.scheme), w.scheme, present))
		case uses(&row.Number, w.scheme):
			return order.Line{}, unset(w.scheme, phone.Format(digits)+" takes "+what(w.scheme)+" and has no "+parameterOf(w.scheme)+"; the exchange asks for both addresses")
		}
	}
	return l, nil
}

// changing refuses, as a Conflict that names them, numbers which are routed as
// is asked for, in whatever spelling: a request for nothing is not sent, and
// nobody could read whether it was carried out.
func changing(list []order.Line) error {
	var same []string
	for _, l := range list {
		if sameRouting([2]string{l.Term(termContact), l.Term(termSMPP)}, [2]string{l.Fact(factContact), l.Fact(factSMPP)}) {
			same = append(same, phone.Format(l.Number))
		}
	}
	if len(same) == 0 {
		return nil
	}
	verb := "is"
	if len(same) > 1 {
		verb = "are"
	}
	f := fault.New(fault.Conflict, "%s %s routed like that already", listed(same), verb).WithField("numbers")
	if len(same) < len(list) {
		return f.WithHint("leave out what needs no change, and ask for the others")
	}
	return f
}

func (d *writeOps) update(ctx context.Context, l order.Line) error {
	return d.Writer.Update(ctx, exchange.Update{ID: l.ID, Contact: l.Term(termContact), SMPPContact: l.Term(termSMPP)})
}
