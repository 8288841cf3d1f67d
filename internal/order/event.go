package order

import (
	"time"

	"didops/internal/identity"
)

// Event is something that happens to an order. The set is sealed.
//
//sumtype:decl
type Event interface{ event() }

// Decide is a person's decision that counts. Needed is how many approvals the
// order needs at present; the record may ask for more. Of an approval that
// completes them Runner and Until begin the execution.
type Decide struct {
	Decision
	Needed int
	Runner string
	Until  time.Time

	SendAfter time.Time // of the order, where it completes them; zero = at once
}

// Authorize is that a mandate decides an order in the place of people.
type Authorize struct {
	Decision
	SendAfter time.Time // until then it can be taken back
}

// Expire ends an order that nobody decided in time.
type Expire struct{ At time.Time }

// Cancel takes a pending order back, or puts another in its place.
type Cancel struct {
	At     time.Time
	For    string          // the order that takes its place; "" = none
	Editor *identity.Party // who made that
}

// TakeBack takes back what of a scheduled order has not been sent. What is being
// sent goes on, and is not sent again.
type TakeBack struct {
	By identity.Party
	At time.Time
}

// Send says that a line is about to be sent. Of a scheduled order it takes the
// order into the runner's hands, until the line's answer.
type Send struct {
	Line     int
	Runner   string
	At       time.Time // by the clock that a line's window is of
	Now      time.Time // by our own
	Deadline time.Time // no answer is waited for after it
	Until    time.Time // the runner's next sign of life
}

// Answer says what became of a line. A sending line becomes done, failed,
// unknown, or, where nothing was done, waiting again; a waiting line becomes
// changed, failed or skipped. Of an order that was taken back none waits again:
// it is skipped, or unknown where it was turned away.
type Answer struct {
	Line    int
	Runner  string
	State   LineState
	Said    Said   // by the exchange
	Words   string // of the exchange, quoted, where it said no
	Message string
	Changed Changes
	Found   Evidence // of a look after the exchange's answer; the zero value: there was none
	At      time.Time
	Until   time.Time

	stop bool // the other lines are better left alone
}

// Hear is what the exchange answered to a line, before it is known what became
// of it, and a sign of life of the runner.
type Hear struct {
	Line   int
	Runner string
	Said   Said
	Until  time.Time
}

// Late is an answer that reached a runner when the order had been taken out of
// its hands: a success corrects what others made of the line meanwhile.
type Late Answer

// Interrupt takes an order out of the hands of a runner that gives no sign of
// life.
type Interrupt struct{ At time.Time }

// Miss has what an order bought looked for again.
type Miss struct {
	Line int
	At   time.Time
}

// GivenBack is that the exchange itself took back what was bought.
type GivenBack struct {
	Line int
	At   time.Time
}

// Observe is what a look at the exchange says of a line that was sent.
type Observe struct {
	Line     int
	Evidence Evidence
	At       time.Time
	After    time.Duration // for how long what is not seen must not be seen
	Blind    bool          // nothing that can be read ever shows it
}

func (Decide) event()    {}
func (Authorize) event() {}
func (Expire) event()    {}
func (Cancel) event()    {}
func (TakeBack) event()  {}
func (Send) event()      {}
func (Answer) event()    {}
func (Hear) event()      {}
func (Late) event()      {}
func (Miss) event()      {}
func (GivenBack) event() {}
func (Interrupt) event() {}
func (Observe) event()   {}
