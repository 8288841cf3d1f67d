package did

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/sipaddr"
	"didops/internal/view"
)

// purchaseGist says in few words what would be bought.
func purchaseGist(l order.Line) order.Gist {
	g := gistOf(l)
	g.Parts = append(g.Parts, papers(l.Documents))
	can := strings.Fields(l.Fact("features"))
	calls, sms := "", ""
	if slices.Contains(can, "sms") {
		sms = followed(l.Fact("sms_price"), " an SMS")
	}
	if len(can) != 1 || sms == "" {
		calls = followed(minute(l), " a minute")
	}
	g.Use = []string{followed(l.Fact("capacity"), " at once"), calls, sms, led("account ", l.Term(termAccount))}
	g.Routes = fields("Calls to", anyNumber(l, shownIn(l.Terms, termContact)), "Messages to", anyNumber(l, shownIn(l.Terms, termSMPP)))
	return g
}

// updateGist says where calls and messages go, and where they would go.
func updateGist(l order.Line) order.Gist {
	g := gistOf(l)
	for _, row := range rerouted(l) {
		path := anyNumber(l, row[1]) + " → " + anyNumber(l, row[2])
		if row[2] == unchanged {
			path = anyNumber(l, row[1]) + " (" + unchanged + ")"
		}
		g.Routes = append(g.Routes, view.Field{Label: row[0], Value: path})
	}
	return g
}

// unsubscribeGist says what would be lost.
func unsubscribeGist(l order.Line) order.Gist {
	g := gistOf(l)
	if g.Parts = append(g.Parts, "paid until "+cmp.Or(paidUntil(l), "not stated")); sent(l) != "" {
		g.Parts = append(g.Parts, "to be sent "+sent(l))
	}
	g.Routes = fields("Calls to", anyNumber(l, shownIn(l.Facts, factContact)), "Messages to", anyNumber(l, shownIn(l.Facts, factSMPP)))
	return g
}

// gistOf says what the number of a line is.
func gistOf(l order.Line) order.Gist {
	return order.Gist{Country: l.Country, Parts: []string{
		l.Fact("type"), able(l), cmp.Or(view.Quoted(l.Fact("vendor")), "vendor not stated"),
	}}
}

// papers says whether documents are needed, where nothing labels it.
func papers(needed *bool) string {
	if needed != nil && !*needed {
		return "no documents"
	}
	return "documents " + documents(needed)
}

// followed and led put a word behind or before a text, if there is any.
func followed(text, word string) string {
	if text == "" {
		return ""
	}
	return text + word
}

func led(word, text string) string {
	if text == "" {
		return ""
	}
	return word + text
}

// anyNumber writes an address of a line so that it reads alike for all lines
// which the same template was used for.
func anyNumber(l order.Line, address string) string {
	return strings.ReplaceAll(address, l.Number, sipaddr.Mark)
}

// purchaseOnward asks for what was not bought, and is still for sale, on the
// same terms, or finds others of the kind.
func (d *writeOps) purchaseOnward(left []order.Rest) order.Onward {
	o := order.Onward{Alike: call("did_search", alike(left))}
	left = slices.DeleteFunc(slices.Clone(left), func(l order.Rest) bool { _, gone := l.Changed[factOffered]; return gone })
	in := PurchaseIn{Numbers: numbersOf(left)}
	var ok [3]bool
	in.Contact, ok[0] = d.askedRoute(sipaddr.SIP, left)
	in.SMPPContact, ok[1] = d.askedRoute(sipaddr.SMPP, left)
	in.Account, ok[2] = d.askedAccount(left)
	if len(left) > 0 {
		l := labelsOf(left[0].Line)
		in.Owner, in.CostCentre, in.Tags, in.Note = l.Owner, l.CostCentre, l.Tags, l.Note
	}
	if len(left) > 0 && ok == [3]bool{true, true, true} {
		o.Left, o.Again = len(left), call("did_purchase", in)
	}
	return o
}

// updateOnward asks for the same addresses for what was not re-routed.
func (d *writeOps) updateOnward(left []order.Rest) order.Onward {
	in := UpdateIn{Numbers: numbersOf(left)}
	for i, to := range []*string{&in.Contact, &in.SMPPContact} {
		scheme, fact := [2]string{sipaddr.SIP, sipaddr.SMPP}[i], [2]string{factContact, factSMPP}[i]
		if !slices.ContainsFunc(left, func(l order.Rest) bool { return l.Term(parameterOf(scheme)) != l.Fact(fact) }) {
			continue // it was to stay
		}
		text, ok := d.askedRoute(scheme, left)
		if !ok {
			return order.Onward{}
		}
		*to = cmp.Or(text, template)
	}
	return order.Onward{Left: len(left), Again: call("did_update", in)}
}

// unsubscribeOnward asks for what was not given up, at the same time.
func (*writeOps) unsubscribeOnward(left []order.Rest) order.Onward {
	in := UnsubscribeIn{Numbers: numbersOf(left)}
	if !left[0].Send.IsZero() {
		in.When = beforeRenewal
	}
	return order.Onward{Left: len(left), Again: call("did_unsubscribe", in)}
}

// call is a call of an operation.
func call(operation string, in any) order.Call {
	args, err := json.Marshal(in)
	if err != nil {
		return order.Call{}
	}
	return order.Call{Operation: operation, Args: args}
}

func numbersOf(left []order.Rest) []string {
	list := make([]string, len(left))
	for i, l := range left {
		list[i] = phone.Format(l.Number)
	}
	return list
}

// askedRoute returns what was asked for as the address of lines: "" for the
// template. It is not ok where that can't be told, or where the address holds
// a password, which nobody may be handed.
func (d *writeOps) askedRoute(scheme string, left []order.Rest) (asked string, ok bool) {
	name := parameterOf(scheme)
	for _, l := range left {
		text := l.Term(name)
		if text == "" || text == sipaddr.Written(d.routes.templates[scheme], l.Number) {
			text = ""
		} else if scheme == sipaddr.SMPP || strings.Contains(text, sipaddr.Mark) {
			return "", false
		}
		text = anyNumber(l.Line, text)
		if l.Term(name) != "" && asked != "" && text != asked {
			return "", false
		}
		asked = cmp.Or(asked, text)
	}
	for _, l := range left {
		if asked != "" && l.Term(name) != "" && l.Term(name) != sipaddr.Written(asked, l.Number) {
			return "", false
		}
	}
	return asked, true
}

// askedAccount returns the account that was asked for; 0 for the usual one.
func (d *writeOps) askedAccount(left []order.Rest) (int64, bool) {
	asked := ""
	for _, l := range left {
		if asked = cmp.Or(asked, l.Term(termAccount)); l.Term(termAccount) != asked {
			return 0, false
		}
	}
	account, err := strconv.ParseInt(asked, 10, 64)
	if account == d.BillingAccount {
		account = 0
	}
	return account, err == nil
}

// alike is a search for numbers like all of some.
func alike(left []order.Rest) SearchIn {
	var in SearchIn
	shared := func(of func(order.Rest) string) string {
		first := of(left[0])
		if slices.ContainsFunc(left, func(l order.Rest) bool { return of(l) != first }) {
			return ""
		}
		return first
	}
	in.Country = shared(func(l order.Rest) string { return l.Country })
	if kind := shared(func(l order.Rest) string { return l.Fact("type") }); slices.Contains([]string{"national", "mobile", "tollfree"}, kind) {
		in.Type = kind
	}
	yes := true
	for feature, wanted := range map[string]**bool{"voice": &in.Voice, "sms": &in.SMS, "fax": &in.Fax, "video": &in.Video} {
		if !slices.ContainsFunc(left, func(l order.Rest) bool { return !slices.Contains(strings.Fields(l.Fact("features")), feature) }) {
			*wanted = &yes
		}
	}
	return in
}
