package order_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/risk"
	"didops/internal/schedule"
	"didops/internal/view"
)

// fate is what becomes of one request that was sent. The zero fate is: carried
// out and answered at once.
type fate struct {
	answer answer
	undone bool          // what was asked for is not carried out, though the answer may be success
	done   bool          // it is carried out, though the answer is a refusal or proves that nothing was done
	other  func(*number) // what is carried out besides, or instead of what was asked for
	late   time.Duration // how long after the answer it is carried out
	takes  time.Duration // how long the answer takes
	again  time.Duration // how long the exchange asks to wait, of one that is turned away
}

type answer int

// proves reports whether the answer says that nothing was done.
func (a answer) proves() bool { return a == nothing || a == unreached }

const (
	success   answer = iota
	refuse           // "no", in the exchange's words: nothing is carried out
	nothing          // turned away, which proves that nothing was done
	unreached        // no connection, as good a proof
	lost             // no answer that can be trusted
	hang             // no answer until the caller gives up
)

// sent is a request that reached the exchange.
type sent struct {
	desk, kind string
	line       order.Line
	at         time.Time
	fate       fate
	refused    bool
	landed     bool // it was carried out
}

// number is one number of the exchange.
type number struct {
	id, country    string
	setup, monthly string // "" = not stated
	owner          string // "" = for sale, "us", or "another"
	contact        string // of an own number
	vendor         string
	anchor         time.Time   // since when it is paid for monthly; zero: until when is not stated
	charged        []time.Time // when another month was

	before *number   // what readings show until then; nil: as it is
	shows  time.Time // the exchange's own lists lag
}

// exchange is a model of the exchange: what it has, what was asked of it, and
// what it answers. Safe for concurrent use.
type exchange struct {
	mu      sync.Mutex
	numbers map[string]*number
	sends   []*sent
	late    []*sent
	fates   map[string][]fate          // of the coming sends of a number, from the first
	dice    func() fate                // of a send of which nothing else is said; nil = the zero fate
	blind   map[string]bool            // numbers of which no reading is complete
	lag     time.Duration              // how long readings show a number as it was before a write
	gone    bool                       // while lists lag, the market does not: what was bought is not offered
	slow    time.Duration              // how long a reading takes
	down    error                      // what every reading before a send answers
	reading func(begins bool)          // called at the begin and end of every look
	onAgain func(digits string)        // called at every reading before a send
	onSend  func(desk string, s *sent) // called when a request arrives

	quotes, looks int
}

func newExchange() *exchange {
	return &exchange{numbers: map[string]*number{}, fates: map[string][]fate{}, blind: map[string]bool{}}
}

// offer puts numbers up for sale at 1.00 + 2.00.
func (x *exchange) offer(digits ...string) {
	for _, d := range digits {
		x.set(d, func(n *number) { n.id, n.country, n.setup, n.monthly, n.vendor = "id"+d, "AE", "1.00", "2.00", "Acme" })
	}
}

// own makes numbers ours.
func (x *exchange) own(digits ...string) {
	x.offer(digits...)
	for _, d := range digits {
		x.set(d, func(n *number) { n.owner, n.contact = "us", "sip:old" })
	}
}

func (x *exchange) set(digits string, change func(*number)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.land()
	if x.numbers[digits] == nil {
		x.numbers[digits] = &number{}
	}
	change(x.numbers[digits])
}

func (x *exchange) get(digits string) number {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.land()
	if n := x.numbers[digits]; n != nil {
		n.renew()
		return *n
	}
	return number{}
}

// renew charges for the months that have begun since it was looked at last.
func (n *number) renew() {
	for n.owner == "us" && !n.anchor.IsZero() && !time.Now().Before(n.paidUntil()) {
		n.charged = append(n.charged, n.paidUntil())
	}
}

// paidUntil returns the end of the last month that was charged.
func (n number) paidUntil() time.Time { return schedule.Months(n.anchor, len(n.charged)+1) }

// will says what becomes of the coming sends of a number.
func (x *exchange) will(digits string, list ...fate) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.fates[digits] = list
}

func (x *exchange) sentOf(digits string) []sent {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.land()
	var list []sent
	for _, s := range x.sends {
		if digits == "" || s.line.Number == digits {
			list = append(list, *s)
		}
	}
	return list
}

func (x *exchange) count(what *int) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return *what
}

// land carries out what was late and is due by now. The exchange has its own
// clock: nobody sets it.
func (x *exchange) land() {
	now := time.Now()
	x.late = slices.DeleteFunc(x.late, func(s *sent) bool {
		if now.Before(s.at.Add(s.fate.late)) {
			return false
		}
		x.carryOut(s)
		return true
	})
}

// carryOut does what a request asks for, if it can be done.
func (x *exchange) carryOut(s *sent) bool {
	n := x.numbers[s.line.Number]
	if n == nil || n.id != s.line.ID {
		return false
	}
	n.renew()
	was := *n
	switch can := n.owner == map[string]string{"update": "us", "unsubscribe": "us"}[s.kind]; {
	case s.fate.other != nil && can:
		n.owner = map[string]string{"purchase": "us", "update": "us"}[s.kind]
		n.contact = s.line.Term("contact")
		s.fate.other(n)
	case s.kind == "purchase" && n.owner == "":
		n.owner, n.contact = "us", s.line.Term("contact")
	case s.kind == "update" && n.owner == "us":
		n.contact = s.line.Term("contact")
	case s.kind == "message" && n.owner == "us":
	case s.kind == "unsubscribe" && n.owner == "us":
		n.owner, n.contact = "", ""
	default:
		return false
	}
	if x.lag > 0 {
		if s.kind == "purchase" && x.gone {
			was.owner = "another"
		}
		was.before, n.before, n.shows = nil, &was, time.Now().Add(x.lag)
	}
	s.landed = true
	return true
}

// request is one write that reaches the exchange.
func (x *exchange) request(ctx context.Context, desk, kind string, l order.Line) error {
	if ctx.Err() != nil {
		return fault.New(fault.UnknownOutcome, "the time was over before anything was sent")
	}
	x.mu.Lock()
	x.land()
	s := &sent{desk: desk, kind: kind, line: l, at: time.Now()}
	if list := x.fates[l.Number]; len(list) > 0 {
		s.fate, x.fates[l.Number] = list[0], list[1:]
	} else if x.dice != nil {
		s.fate = x.dice()
	}
	x.sends = append(x.sends, s)
	arrived := x.onSend
	x.mu.Unlock()
	if arrived != nil {
		arrived(desk, s)
	}
	err := x.decide(s)
	if s.fate.answer == hang {
		<-ctx.Done()
		return fault.New(fault.UnknownOutcome, "no answer").WithCause(ctx.Err())
	}
	if s.fate.takes > 0 {
		select {
		case <-time.After(s.fate.takes):
		case <-ctx.Done():
			return fault.New(fault.UnknownOutcome, "no answer").WithCause(ctx.Err())
		}
	}
	return err
}

func (x *exchange) decide(s *sent) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	unknown := fault.New(fault.UnknownOutcome, "the connection broke")
	if s.fate.done {
		x.carryOut(s)
	}
	switch {
	case s.fate.answer == refuse:
		s.refused = true
		return fault.New(fault.Refused, "the exchange says: no")
	case s.fate.answer == nothing:
		f := fault.New(fault.RateLimited, "too many requests").WithCause(fault.ErrNothingDone)
		f.RetryAfter = s.fate.again
		return f
	case s.fate.answer == unreached:
		return fault.New(fault.Unavailable, "no connection").WithCause(fault.ErrNothingDone)
	case s.fate.undone && s.fate.answer == success:
		return nil
	case s.fate.undone:
		return unknown
	case s.fate.late > 0:
		x.late = append(x.late, s)
		return unknown
	case !x.carryOut(s):
		s.refused = true
		if s.fate.answer == success {
			return fault.New(fault.Refused, "the exchange says: not possible (already sold)")
		}
	case s.fate.answer == success:
		return nil
	}
	return unknown
}

// read is what a reading of a number finds, and whether it is complete.
func (x *exchange) read(ctx context.Context, digits string) (number, bool, error) {
	x.mu.Lock()
	slow := x.slow
	x.mu.Unlock()
	if slow > 0 {
		select {
		case <-time.After(slow):
		case <-ctx.Done():
			return number{}, false, ctx.Err()
		}
	}
	return x.seen(digits)
}

// seen is what readings find of a number at the moment.
func (x *exchange) seen(digits string) (number, bool, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.land()
	n := x.numbers[digits]
	if n == nil {
		n = &number{owner: "another"}
	}
	n.renew()
	if n.before != nil && time.Now().Before(n.shows) {
		return *n.before, !x.blind[digits], nil
	}
	return *n, !x.blind[digits], nil
}

// The facts of a line as this exchange states them.
func (n number) line(digits, state string) order.Line {
	l := order.Line{Number: digits, ID: n.id, Country: n.country, Facts: []order.Fact{
		{Name: state, Value: "yes"},
		{Name: "i_did", Value: n.id},
		{Name: "vendor", Value: n.vendor},
		{Name: "setup_fee", Value: n.setup, Fee: true},
		{Name: "monthly_fee", Value: n.monthly, Fee: true},
	}}
	l.MonthlyFee = amount(n.monthly)
	return l
}

func amount(s string) money.Amount {
	if s == "" {
		return money.Amount{}
	}
	return money.MustParse(s)
}

type dealIn struct {
	Numbers []string `json:"numbers"`
	Contact string   `json:"contact,omitempty"`
	Later   bool     `json:"later,omitempty"` // before they renew
	Reason  string   `json:"reason,omitempty"`
	Where   string   `json:"where,omitempty"` // all own numbers that are routed so, in place of numbers
}

// deals returns what can be asked of the exchange, for the desk of that name.
func (x *exchange) deals(desk string) []*order.Handler {
	return []*order.Handler{
		x.write(desk, "purchase", risk.Spend), x.write(desk, "update", risk.Change), x.write(desk, "unsubscribe", risk.Destroy), x.message(desk),
	}
}

// message is an operation of which nothing that can be read shows what became of
// it. A success of what is undone has no proof.
func (x *exchange) message(desk string) *order.Handler {
	h := x.write(desk, "message", risk.Change)
	h.Send = nil
	h.Deliver = func(ctx context.Context, l order.Line) (string, error) {
		err := x.request(ctx, desk, "message", l)
		if list := x.sentOf(l.Number); err != nil || list[len(list)-1].fate.undone {
			return "", err
		}
		return "it is message 17", nil
	}
	h.Reconcile = func(context.Context, order.Line) (order.Evidence, error) {
		return order.Evidence{Why: "no list shows it"}, nil
	}
	return h
}

func (x *exchange) write(desk, kind string, level risk.Level) *order.Handler {
	return &order.Handler{
		Operation: "did_" + kind, Kind: kind, Risk: level, Wording: wording(kind),
		DrawTerms: func(order.Quote) []view.Block { return nil },
		Summarize: func(order.Quote) order.Brief { return order.Brief{} },
		Identify: func(args json.RawMessage, _ identity.Caller) (order.IdempotencyKey, error) {
			var in dealIn
			if err := json.Unmarshal(args, &in); err != nil {
				return order.IdempotencyKey{}, err
			}
			terms := fmt.Sprint(in.Contact, in.Later)
			if in.Where != "" {
				return order.IdempotencyKey{Choice: "where " + in.Where, Terms: terms}, nil
			}
			if len(in.Numbers) == 0 || slices.Contains(in.Numbers, "") {
				return order.IdempotencyKey{}, fault.New(fault.Invalid, "which numbers?").WithField("numbers")
			}
			return order.IdempotencyKey{Numbers: in.Numbers, Terms: terms}, nil
		},
		Quote: func(ctx context.Context, args json.RawMessage, _ identity.Caller) (order.Quote, error) {
			var in dealIn
			if err := json.Unmarshal(args, &in); err != nil {
				return order.Quote{}, err
			}
			x.mu.Lock()
			x.quotes++
			x.mu.Unlock()
			var q order.Quote
			if in.Where != "" {
				if in.Numbers = x.routed(in.Where); len(in.Numbers) == 0 {
					return q, fault.New(fault.NotFound, "nothing is routed so").WithCause(order.ErrNoneChosen)
				}
			}
			for _, d := range in.Numbers {
				l, err := x.quote(ctx, kind, d, in.Contact)
				if err != nil {
					return order.Quote{}, err
				}
				if in.Later {
					until, err := time.Parse(time.RFC3339, x.get(d).billedTo().Value)
					if err != nil {
						return order.Quote{}, fault.New(fault.Invalid, "until when %s is paid for is not stated", d)
					}
					l.Facts, l.Send = append(l.Facts, x.get(d).billedTo()), schedule.Before(until, lead)
				}
				q.Lines = append(q.Lines, l)
			}
			return q, nil
		},
		Requote:   func(ctx context.Context, l order.Line) (order.Line, error) { return x.again(ctx, kind, l) },
		Send:      func(ctx context.Context, l order.Line) error { return x.request(ctx, desk, kind, l) },
		Reconcile: func(ctx context.Context, l order.Line) (order.Evidence, error) { return x.look(ctx, kind, l) },
		Notices:   func([]order.Line) []string { return nil },
		Reroute: func(list []order.Line, contact string, _ identity.Caller) ([]order.Line, error) {
			for i := range list {
				list[i].Terms = []order.Fact{{Name: "contact", Value: contact}}
			}
			return list, nil
		},
	}
}

// routed returns our numbers that are routed so.
func (x *exchange) routed(contact string) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var list []string
	for digits, n := range x.numbers {
		if n.owner == "us" && n.contact == contact {
			list = append(list, digits)
		}
	}
	slices.Sort(list)
	return list
}

// wording is how the operations of the tests speak. Numbers are given up by a
// plain yes, so that every test can approve everything alike; digits have
// tests of their own.
func wording(kind string) order.Wording {
	past := map[string]string{"purchase": "bought", "update": "re-routed", "unsubscribe": "given up", "message": "written about"}[kind]
	question := func(o order.Order) string { return strings.ToUpper(kind[:1]) + kind[1:] + " " + o.Numbers() + "?" }
	return order.Wording{Question: question, Outcome: func(o order.Order) string { return strings.TrimSuffix(question(o), "?") }, Past: past, Confirm: order.ConfirmYes}
}

func (x *exchange) quote(ctx context.Context, kind, digits, contact string) (order.Line, error) {
	n, _, err := x.read(ctx, digits)
	if err != nil {
		return order.Line{}, err
	}
	switch {
	case kind == "purchase" && n.owner == "us":
		return order.Line{}, fault.New(fault.Conflict, "%s is ours already", digits)
	case kind == "purchase" && n.owner != "", kind != "purchase" && n.owner != "us":
		return order.Line{}, fault.New(fault.NotFound, "%s is not there", digits)
	}
	if kind == "update" && n.contact == contact {
		return order.Line{}, fault.New(fault.Invalid, "%s is routed so already", digits)
	}
	l := n.quoted(kind, digits)
	l.Terms = []order.Fact{{Name: "contact", Value: contact}}
	return l, nil
}

func (n number) quoted(kind, digits string) order.Line {
	if kind == "purchase" {
		l := n.line(digits, "offered")
		l.SetupFee = amount(n.setup)
		l.DueNow = l.SetupFee.Add(l.MonthlyFee)
		return l
	}
	l := n.line(digits, "owned")
	l.DueNow = money.MustParse("0")
	l.Facts = append(l.Facts, order.Fact{Name: "present_contact", Value: n.contact})
	return l
}

// lead is how long before it renews a number is given up.
const lead = 2 * time.Hour

// billedTo is until when it is paid for, as the list says.
func (n number) billedTo() order.Fact {
	f := order.Fact{Name: "billed_to"}
	if !n.anchor.IsZero() {
		f.Value = n.paidUntil().UTC().Format(time.RFC3339)
	}
	return f
}

func (x *exchange) again(ctx context.Context, kind string, l order.Line) (order.Line, error) {
	x.mu.Lock()
	hook, down := x.onAgain, x.down
	x.mu.Unlock()
	if hook != nil {
		hook(l.Number)
	}
	if down != nil {
		return order.Line{}, down
	}
	n, _, err := x.read(ctx, l.Number)
	if err != nil {
		return order.Line{}, err
	}
	now := n.quoted(kind, l.Number)
	if !l.Send.IsZero() {
		now.Facts = append(now.Facts, n.billedTo())
	}
	if wanted := map[bool]string{true: "", false: "us"}[kind == "purchase"]; n.owner != wanted {
		now.Facts[0].Value = "no"
	}
	now.Terms = l.Terms
	return now, nil
}

func (x *exchange) look(ctx context.Context, kind string, l order.Line) (order.Evidence, error) {
	x.mu.Lock()
	x.looks++
	reading := x.reading
	x.mu.Unlock()
	if reading != nil {
		reading(true)
		defer reading(false)
	}
	n, complete, err := x.read(ctx, l.Number)
	if err != nil {
		return order.Evidence{}, err
	}
	return n.evidence(kind, l, complete), nil
}

// evidence is what a number says of a line.
func (n number) evidence(kind string, l order.Line, complete bool) order.Evidence {
	mine := n.owner == "us" && n.id == l.ID
	e := order.Evidence{Verdict: order.Inconclusive, Why: "as read"}
	differ := func(field, quoted, is string) {
		if quoted != is {
			if e.Differs == nil {
				e.Differs = order.Changes{}
			}
			e.Differs[field] = [2]*string{&quoted, &is}
		}
	}
	switch {
	case kind == "purchase" && n.owner == "us":
		e.Verdict = map[bool]order.Verdict{true: order.Confirmed, false: order.Altered}[mine]
		e.Due = amount(n.setup).Add(amount(n.monthly))
		differ("i_did", l.ID, n.id)
		differ("monthly_fee", l.Fact("monthly_fee"), n.monthly)
		differ("contact", l.Term("contact"), n.contact)
	case kind == "update" && mine && n.contact == l.Term("contact"), kind == "unsubscribe" && !mine && n.owner == "" && complete:
		e.Verdict = order.Confirmed
	case kind == "update" && mine && n.contact != l.Fact("present_contact"):
		e.Verdict = order.Altered
		differ("contact", l.Term("contact"), n.contact)
		e.Why = e.Differs.String()
	case !complete:
	case kind == "purchase", kind == "unsubscribe" && mine, kind == "update" && mine:
		e.Verdict, e.Moved = order.Refuted, kind == "purchase" && n.owner != ""
	case kind == "unsubscribe":
		e.Verdict = order.Presumed
	}
	return e
}
