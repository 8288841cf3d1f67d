package order

import (
	"context"
	"slices"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/identity"
)

const (
	// decidedFor is how far back past decisions tell who is there when.
	decidedFor = 90 * 24 * time.Hour

	// fewDecisions is how many are too few to tell of hours without any.
	fewDecisions = 20

	week = 7 * 24 // hours
)

// DrillReport says who is there to decide orders.
type DrillReport struct {
	Drill    string      `json:"drill,omitempty"` // id of the latest; absent where there was none
	State    State       `json:"state,omitempty"` // of it, as the rest
	Message  string      `json:"message,omitempty"`
	AskedAt  time.Time   `json:"asked_at,omitzero"`
	Until    time.Time   `json:"until,omitzero"`
	AnswerAt []string    `json:"answer_at,omitempty"`      // how somebody answers
	Answered []Answered  `json:"answered"`                 // the latest drill, in their order
	Silent   []string    `json:"silent"`                   // people of [[people]] who can act, and did not answer it
	CanAct   []Actor     `json:"can_act"`                  // by the configuration
	Nobody   []Uncovered `json:"nobody"`                   // hours of the coming week
	Zone     string      `json:"time_zone"`                // of those
	Known    int         `json:"decisions_known"`          // of the last 90 days
	Since    time.Time   `json:"decisions_since,omitzero"` // the first of them
}

// Answered is who answered a drill.
type Answered struct {
	Name  string `json:"name" quoted:"true"`
	Realm string `json:"surface"`
	After int64  `json:"after_seconds"`
}

// Actor is who may decide orders, or somebody of a realm who is not named.
type Actor struct {
	Name   string    `json:"name"`
	Realms []string  `json:"surfaces"`
	Away   bool      `json:"away,omitempty"` // at the moment
	Until  time.Time `json:"until,omitzero"` // then
	For    []string  `json:"stands_in_for,omitempty"`
}

// Uncovered are hours of the week in which nobody decides.
type Uncovered struct {
	Hours string `json:"hours"` // Mon 22:00 to Tue 06:00
	Why   string `json:"why"`
}

// DrillReport implements [Driller].
func (e *Engine) DrillReport(ctx context.Context, by identity.Caller) (DrillReport, error) {
	if err := mayEdit(by); err != nil {
		return DrillReport{}, err
	}
	now, policy := e.now(), e.Policy()
	p := presence{Policy: policy, zone: policy.zone(), now: now}
	report := DrillReport{Answered: []Answered{}, Silent: []string{}, CanAct: p.actors(), Zone: p.zone.String()}
	var last *Record
	err := e.read(ctx, func(tx Tx) error {
		key, err := drillKey(tx, e.Exchange)
		if err != nil {
			return err
		}
		drills, err := tx.Requests(e.Exchange, key)
		if err != nil {
			return err
		}
		if len(drills) > 0 {
			last = &drills[0]
		}
		list, err := tx.Orders(Filter{Exchange: e.Exchange, Limit: mostListed})
		p.decided = decisionsOf(list, now)
		return err
	})
	if err != nil {
		return report, err
	}
	if last != nil {
		e.answersOf(&report, *last, by)
	}
	for _, a := range report.CanAct {
		there := slices.ContainsFunc(report.Answered, func(b Answered) bool { return b.Name == a.Name })
		if last != nil && a.named(policy) && !there {
			report.Silent = append(report.Silent, a.Name)
		}
	}
	if report.Known = len(p.decided); report.Known > 0 {
		report.Since = second(slices.MinFunc(p.decided, time.Time.Compare))
	}
	report.Nobody = p.uncovered()
	return report, nil
}

// answersOf sets what came of a drill.
func (e *Engine) answersOf(report *DrillReport, r Record, by identity.Caller) {
	o := e.view(r, by.Frontend.Outside())
	report.Drill, report.State, report.Message, report.AskedAt, report.Until, report.AnswerAt = o.ID, o.State, o.Message, o.CreatedAt, o.ExpiresAt, o.ApproveAt
	for n, d := range o.DecidedBy {
		name := d.Name
		if person := r.Decisions[n].Person; person != "" {
			name = person
		}
		report.Answered = append(report.Answered, Answered{Name: name, Realm: d.Realm, After: int64(r.Decisions[n].At.Sub(r.Created) / time.Second)})
	}
}

// decisionsOf returns when people decided orders, or answered drills, lately.
func decisionsOf(list []Record, now time.Time) []time.Time {
	var at []time.Time
	for _, r := range list {
		for _, d := range r.Decisions {
			if now.Sub(d.At) < decidedFor && !d.Dialog {
				at = append(at, d.At)
			}
		}
	}
	return at
}

// named reports whether the actor is a person of [[people]].
func (a Actor) named(p Policy) bool {
	return slices.ContainsFunc(p.People, func(person identity.Person) bool { return person.Name == a.Name })
}

// presence is who is there at which moment.
type presence struct {
	Policy
	zone    *time.Location
	now     time.Time
	decided []time.Time
}

// zone is that of the hours of rules.
func (p Policy) zone() *time.Location {
	if p.Rules != nil && p.Rules.Config().Zone != nil {
		return p.Rules.Config().Zone
	}
	return time.UTC
}

// realmsOf returns the realms in which a person could decide.
func (p presence) realmsOf(person identity.Person) []string {
	var list []string
	for _, realm := range identity.Realms() {
		if p.reaches(person, realm, p.rules()) {
			list = append(list, realm.ID)
		}
	}
	return list
}

// actors returns who may decide orders, first those with a name.
func (p presence) actors() []Actor {
	list := []Actor{}
	for _, person := range p.People {
		realms := p.realmsOf(person)
		if len(realms) == 0 {
			continue
		}
		a := Actor{Name: person.Name, Realms: realms, Away: person.AwayAt(p.now)}
		for _, away := range person.Away {
			if away.Holds(p.now) {
				a.Until = second(away.Until)
			}
		}
		a.For = approval.People(p.People).StandsFor(person.Name, p.now)[1:]
		list = append(list, a)
	}
	for _, realm := range identity.Realms() {
		if who := p.unnamed(realm); who != "" {
			list = append(list, Actor{Name: who, Realms: []string{realm.ID}})
		}
	}
	return list
}

// unnamed says who of a realm may decide that [[people]] does not name; "" for
// nobody.
func (p presence) unnamed(realm identity.Realm) string {
	open := p.realm(realm.ID)
	known := slices.ContainsFunc(p.People, func(person identity.Person) bool { return open.Only != "" && person.Has(realm.ID, open.Only) })
	switch {
	case !p.open(realm, p.rules()), realm.Named:
		return ""
	case realm.Apart:
		return "any member with a role that approves"
	case open.Shared:
		return "any user who reaches these orders"
	case known:
		return ""
	}
	return "the user " + open.Only
}

// uncovered returns the hours of the coming week in which nobody decides, those
// that follow each other as one.
func (p presence) uncovered() []Uncovered {
	begins := p.now.In(p.zone).Truncate(time.Hour)
	for begins.Weekday() != time.Monday || begins.Hour() != 0 { // it reads from Monday on
		begins = begins.Add(-time.Hour)
	}
	busy := map[int]bool{}
	for _, at := range p.decided {
		busy[hourOf(at.In(p.zone))] = true
	}
	list := []Uncovered{}
	why, since := "", begins
	for h := range week + 1 {
		at := begins.Add(time.Duration(h) * time.Hour)
		is := ""
		if h < week {
			is = p.missing(at, busy)
		}
		if is == why {
			continue
		}
		if why != "" {
			list = append(list, Uncovered{Hours: since.Format("Mon 15:04") + " to " + at.Format("Mon 15:04"), Why: why})
		}
		why, since = is, at
	}
	return list
}

func hourOf(at time.Time) int { return int(at.Weekday())*24 + at.Hour() }

// missing says why nobody decides within an hour of this week, or of the next
// one where it is past; "" where somebody does.
func (p presence) missing(at time.Time, busy map[int]bool) string {
	if at.Add(time.Hour).Before(p.now) {
		at = at.AddDate(0, 0, 7)
	}
	var needs approval.Needs
	if p.Rules != nil {
		needs, _ = p.Rules.Decide(approval.Facts{At: at, Lines: []approval.Line{{}}})
	}
	if needs.Refused() {
		return "the rules refuse what is asked for then"
	}
	if p.absent(needs, at) {
		return "everybody who counts is away"
	}
	if len(p.decided) >= fewDecisions && !busy[hourOf(at)] {
		return "nobody has decided anything at such a time in 90 days"
	}
	return ""
}

// absent reports whether all who are known to count at a moment are away.
func (p presence) absent(needs approval.Needs, at time.Time) bool {
	groups := needs.Eligible
	if len(groups) == 0 {
		for _, realm := range identity.Realms() {
			if p.unnamed(realm) != "" {
				return false
			}
		}
		return len(p.People) > 0 && !slices.ContainsFunc(p.People, func(person identity.Person) bool {
			return len(p.realmsOf(person)) > 0 && !person.AwayAt(at)
		})
	}
	for _, g := range groups {
		there := p.called(slices.Concat(g.Of, g.Later), at, nil)
		if !slices.ContainsFunc(there, func(c Called) bool { return p.here(c, at) }) {
			return true
		}
	}
	return false
}

// here reports whether somebody who is called can be there: of a role whose
// members nobody knows, somebody is.
func (p presence) here(c Called, at time.Time) bool {
	if c.IDs == nil && strings.HasPrefix(c.Name, rolePrefix) {
		return true
	}
	return slices.ContainsFunc(p.People, func(person identity.Person) bool {
		return person.Name == c.Name && !person.AwayAt(at) && len(p.realmsOf(person)) > 0
	})
}
