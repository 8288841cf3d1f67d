package order

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/money"
	"didops/internal/risk"
	"didops/internal/view"
)

// operator is what a user of the operating system is called to people who are
// told nothing of the machine, where no person is known by that user.
const operator = "an operator"

// named names a party in a sentence, with where it is of: “Alice” (os).
func named(p identity.Party) string { return view.Quoted(p.Name) + " (" + p.Realm + ")" }

// told returns a record as it is told through a front end: outside of the
// machine nobody hears the names of its users.
func (e *Engine) told(r Record, outside bool) Record {
	if !outside {
		return r
	}
	r = r.Clone()
	r.Requester = e.toldParty(r.Requester)
	for i := range r.Decisions {
		r.Decisions[i].By = e.toldParty(r.Decisions[i].By)
	}
	if r.TakenBack != nil { // a copy already
		r.TakenBack.By = e.toldParty(r.TakenBack.By)
	}
	for _, p := range r.parties() {
		*p = e.toldParty(*p)
	}
	if r.Mandate != nil { // likewise
		for i := range r.Mandate.By {
			r.Mandate.By[i].By = e.toldParty(r.Mandate.By[i].By)
		}
	}
	return r
}

func (e *Engine) toldParty(p identity.Party) identity.Party {
	if p.Realm == identity.OS {
		p.Name = cmp.Or(e.Policy().person(p), operator)
	}
	return p
}

// view returns an order as everybody may see it who may see it at all, or, for
// outside, as it is told to people who hear nothing of the machine. One that
// is out of time is expired, whether or not that is kept already.
func (e *Engine) view(r Record, outside bool) Order {
	r = e.masked(e.told(r, outside))
	if r.Phase == PhasePending && !e.Now().Before(r.Expires) {
		r.Phase = PhaseExpired
	}
	policy := e.Policy()
	o := Order{
		ID: r.ID, Kind: r.Kind, State: r.State(), QuoteHash: r.Hash, Costs: r.Risk == risk.Spend,
		CreatedAt: second(r.Created), ExpiresAt: second(r.Expires), DecidedAt: second(r.Decided),
		Client: r.Requester.Client, RequestedBy: identity.PublicParty{Realm: r.Requester.Realm, Name: clean(r.Requester.Name)},
		DecidedBy: []Decided{}, Reason: r.Reason, Currency: r.Currency,
		Changed: second(r.changed()), Needed: policy.needed(r), Notes: r.notices(),
	}
	for _, d := range r.Decisions {
		o.DecidedBy = append(o.DecidedBy, Decided{
			Realm: d.By.Realm, Name: r.deciderName(d), Decision: r.decided(d), At: second(d.At), Dialog: d.Dialog, Strength: signedBy(d),
		})
	}
	o.Strength = e.strength(r)
	if o.Drill = r.drill(); o.Drill {
		o.Needed = 0
	}
	o.Total = Total{SetupFee: zero(), MonthlyFee: zero(), DueNow: r.DueNow()}
	for i, l := range r.Quote.Lines {
		o.Total.SetupFee = o.Total.SetupFee.Add(orZero(l.SetupFee))
		o.Total.MonthlyFee = o.Total.MonthlyFee.Add(orZero(l.MonthlyFee))
		o.Lines = append(o.Lines, LineView{
			Number: shown(l.Number), ID: l.ID, State: r.Lines[i].State, SetupFee: l.SetupFee, MonthlyFee: l.MonthlyFee,
			Documents: l.Documents, Message: r.Lines[i].Message, Changed: r.Lines[i].Changed, Differs: r.Lines[i].Differs,
			SendAt: second(r.SendFrom(i)), Window: r.window(i), TakenBack: r.TakenBack != nil && r.Lines[i].State == LineSkipped,
		})
	}
	if handler, err := e.handler(r.Tool); err == nil {
		o.Terms, o.Brief = handler.DrawTerms(r.Quote), handler.Summarize(r.Quote)
		handler.Tell(&o, r.Quote)
		for i := range o.Lines {
			o.Lines[i].Words = handler.Words
			if handler.Gist != nil {
				o.Lines[i].Gist = handler.Gist(r.Quote.Lines[i])
			}
		}
		o.Onward = handler.GoOn(o.ID, o.State, r.Quote, o.Lines)
	}
	if o.Message = message(r, e.past(r), e.blind(r)); o.State == Scheduled {
		o.Message = e.scheduledMessage(r, e.past(r))
	}
	if o.State == Pending {
		o.ApproveAt = e.howToDecide(r, outside)
		policy.tell(&o, r)
	}
	e.talk(&o, r, outside)
	o.Unsure = e.openWords(r)
	o.About = append(slices.Clone(o.Unsure), otherwise(r)...)
	o.Fill()
	return o
}

// signedBy is the strength of a decision that was signed; "" for another.
func signedBy(d Decision) string {
	if d.Strength < identity.Passkey {
		return ""
	}
	return d.Strength.String()
}

// strength returns the least that an approval of an order has to prove.
func (e *Engine) strength(r Record) identity.Strength {
	var least identity.Strength
	for _, needs := range []*approval.Needs{r.Asked.Needs, e.Policy().strict(r).Needs} {
		if needs != nil {
			least = max(least, needs.Strength)
		}
	}
	return least
}

// masked returns an order without secrets in what people wrote: it may have
// been kept before they were configured.
func (e *Engine) masked(r Record) Record {
	r.Reason = e.words(r.Reason, MaxReason)
	r.Requester.Name, r.Requester.Client = e.words(r.Requester.Name, maxName), e.words(r.Requester.Client, maxName)
	r.Decisions = slices.Clone(r.Decisions)
	for i := range r.Decisions {
		d := &r.Decisions[i]
		d.By.Name, d.Reason = e.words(d.By.Name, maxName), e.words(d.Reason, MaxReason)
	}
	if r.TakenBack != nil {
		back := *r.TakenBack
		back.By.Name = e.words(back.By.Name, maxName)
		r.TakenBack = &back
	}
	if r.Mandate != nil {
		m := *r.Mandate
		m.By = slices.Clone(m.By)
		for i := range m.By {
			m.By[i].By.Name = e.words(m.By[i].By.Name, maxName)
		}
		r.Mandate = &m
	}
	return e.maskedTalk(r)
}

// openWords says of an order's unknown lines how it is found out what became of
// them, and when.
func (e *Engine) openWords(r Record) []string {
	var unknown []string
	var at time.Time // when the last of them counts as not carried out
	certain := true
	for n, l := range r.Lines {
		if l.State != LineUnknown || r.Phase != PhaseOver && r.Phase != PhaseScheduled {
			continue
		}
		unknown = append(unknown, shown(r.Quote.Lines[n].Number))
		from := l.Deadline
		if l.FirstLook.After(from) {
			from = l.FirstLook
		}
		if end := from.Add(max(looksApart, e.SettleAfter)); end.After(at) {
			at = end
		}
		certain = certain && l.Said != SaidYes && l.Seen != Inconclusive
	}
	if len(unknown) == 0 {
		return nil
	}
	if e.blind(r) {
		return []string{strings.Join(unknown, ", ") + ": nothing that can be read shows what became of it. Look it up in the exchange's own portal."}
	}
	text := strings.Join(unknown, ", ") + ": looked for in the exchange's lists, by reading only, " +
		"each time somebody looks at this order, and all the time by a didops that is running."
	if certain && e.Now().Before(at) {
		text += " Lists lag: what is not there counts as not carried out at " + e.moment(at) + " at the earliest."
	}
	return []string{text}
}

// otherwise says what was carried out and is not as quoted.
func otherwise(r Record) []string {
	var list []string
	for n, l := range r.Lines {
		if l.State == LineDone && len(l.Differs) > 0 {
			list = append(list, "NOT AS QUOTED: "+shown(r.Quote.Lines[n].Number)+": "+l.Differs.String()+".")
		}
	}
	return list
}

func zero() money.Amount { return money.MustParse("0") }

func orZero(a money.Amount) money.Amount {
	if !a.Known() {
		return zero()
	}
	return a
}

// second cuts a time as it is shown.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// howToDecide says to a person how to decide.
func (e *Engine) howToDecide(r Record, outside bool) []string {
	var approve, refuse []string
	policy := e.Policy()
	where, program := "a terminal of your own", e.Command
	switch {
	case outside:
		where, program = "a terminal of the machine that didops runs on", "didops"
	case policy.realm(identity.OS).Shared:
		where = "a terminal of any user who shares these orders"
	case e.Whose != "":
		where = "a terminal of the user " + e.Whose
	}
	for _, realm := range identity.Realms() {
		page := policy.realm(realm.ID).Page
		say := func(sentence string) string {
			return strings.ReplaceAll(realm.Place(sentence, where, program, r.ID), "{page}", page)
		}
		refusal := realm.Refusal
		switch {
		case !policy.decidesIn(realm, r):
		case realm.ByCard != "" && e.places.shows(realm.ID) && (policy.realm(realm.ID).Cards || r.Requester.Realm == realm.ID):
			approve = append(approve, say(realm.ByCard))
		case realm.ByCommand != "":
			approve = append(approve, say(realm.ByCommand)+realm.OrRefuse)
			if realm.OrRefuse != "" {
				refusal = ""
			}
		}
		if refusal != "" {
			refuse = append(refuse, say(refusal))
		}
	}
	if r.drill() {
		return howToAnswerDrill(approve)
	}
	if len(approve) == 0 {
		approve = append(approve, policy.inDialog(r))
	}
	return append(approve, refuse...)
}

// past is what an order has done to its numbers when it is done, in words.
func (e *Engine) past(r Record) string {
	handler, err := e.handler(r.Tool)
	if err != nil {
		return "carried out" // by a program that knows the operation
	}
	return handler.Past
}

// blind reports whether nothing that can be read shows what became of an order.
func (e *Engine) blind(r Record) bool {
	handler, err := e.handler(r.Tool)
	return err == nil && handler.blind()
}

// message says what the state means, so that nothing that has not happened
// can be read as if it had.
func message(r Record, past string, blind bool) string {
	nothing := "Nothing was " + past + "."
	last := func() string {
		if len(r.Decisions) == 0 {
			return "a person"
		}
		return view.Quoted(clean(r.Decisions[len(r.Decisions)-1].By.Name))
	}
	done, all := r.done(), view.Plural(len(r.Lines), r.noun())
	switch r.State() {
	case Pending:
		return waiting(r) + " Nothing has been " + past + " yet."
	case Executing:
		return fmt.Sprintf("Approved, and being carried out: %d of %s %s so far.", done, all, past) + stopped(r)
	case Rejected:
		text := "Rejected by " + last() + ". " + nothing
		if reason := r.Decisions[len(r.Decisions)-1].Reason; reason != "" {
			text += " Reason: " + view.Quoted(reason)
		}
		return text
	case Expired:
		return expired(r) + nothing
	case Scheduled:
		return "" // see scheduledMessage
	case Cancelled:
		return cancelled(r) + nothing
	case Unknown:
		return unsure(r, past, done, blind) + restTakenBack(r)
	case Completed:
		return fmt.Sprintf("Done: %s %s%s.", all, past, butNotAsQuoted(r)) + restTakenBack(r)
	case Partial:
		return fmt.Sprintf("Partly done: %d of %s %s%s.", done, all, past, butNotAsQuoted(r)) + restTakenBack(r)
	case Changed:
		if r.TakenBack != nil {
			return outdated(r) + nothing + restTakenBack(r)
		}
		return outdated(r) + nothing + " Ask again for a new quote."
	case Failed:
	}
	return "Failed. " + nothing + restTakenBack(r)
}

// noun is what a line of the order is about.
func (r Record) noun() string {
	if r.Tool == mandate.Operation {
		return mandate.Kind
	}
	return "number"
}

// done counts the lines that were carried out.
func (r Record) done() int {
	done := 0
	for _, l := range r.Lines {
		if l.State == LineDone {
			done++
		}
	}
	return done
}

// butNotAsQuoted says how many lines were carried out otherwise than quoted.
func butNotAsQuoted(r Record) string {
	if n := len(otherwise(r)); n > 0 {
		return fmt.Sprintf(", but %d not as quoted", n)
	}
	return ""
}

func expired(r Record) string {
	if given := len(r.Decisions); given > 0 {
		return fmt.Sprintf("%d of %s came in time. ", given, view.Plural(max(r.Asked.Needed, given+1), "approval"))
	}
	return "Nobody decided in time. "
}

// outdated says of how many numbers the quote was not true any more: others
// may have been sent, and refused.
func outdated(r Record) string {
	changed := 0
	for _, l := range r.Lines {
		if l.State == LineChanged {
			changed++
		}
	}
	if changed == len(r.Lines) {
		return "The quote was no longer true. "
	}
	return fmt.Sprintf("The quote of %d of %s was no longer true. ", changed, view.Plural(len(r.Lines), "number"))
}

func unsure(r Record, past string, done int, blind bool) string {
	unknown, said := 0, map[Said]int{}
	for _, l := range r.Lines {
		if l.State == LineUnknown {
			unknown++
			said[l.Said]++
		}
	}
	why := "the exchange gave no answer that can be trusted"
	switch unknown {
	case said[SaidYes]:
		why = unshown(r.Risk)
	case said[SaidNo]:
		why = "the exchange said no, and its lists do not bear that out yet"
	}
	again := "Do not order it again: it is looked for."
	if unknown > 1 {
		again = "Do not order them again: they are looked for."
	}
	if blind {
		again = "Nothing that can be read shows it."
	} else if !r.holding() {
		again = "The same can be asked for again, which reads how things stand now."
	}
	return fmt.Sprintf("Not known of %s whether %s: %s. Certainly %s: %d of %d%s. "+
		"%s What stays unknown can be looked up at the exchange's own portal.",
		view.Plural(unknown, "number"), past, why, past, done, len(r.Lines), butNotAsQuoted(r), again)
}
