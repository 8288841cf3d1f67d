package chat

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"didops/internal/order"
)

const (
	inPlace  = 8               // cards of one place that are written at the same time
	atOnce   = 16              // cards that are
	firstTry = 2 * time.Second // how soon a card is tried again, doubling
	lastTry  = time.Minute     // up to
	soon     = 2 * time.Second // how long an order is carried out before its card says so
)

// cards says which cards are being written, and which are to wait because
// the chat did not take them. Few are written at a time: a card that waits for
// its turn is then made of what its order is at that moment, and not of what it
// was when a queue began. It is safe for concurrent use.
type cards struct {
	mu      sync.Mutex
	running bool              // this process keeps the cards
	busy    map[string]string // by order, the place where its card is written
	writing map[string]int    // by place, how many are; those of presses are not among them
	tries   map[string]try
	fatal   error
	wg      sync.WaitGroup
}

func newCards() *cards {
	return &cards{busy: map[string]string{}, writing: map[string]int{}, tries: map[string]try{}}
}

type try struct {
	at     time.Time     // not before
	wait   time.Duration // before that
	barred bool          // the chat refuses it there
}

// urgency orders cards: those that are to be decided, those that show what is
// not so any more, and then those that may be right already.
func urgency(p order.Card) int {
	switch {
	case p.Message == "" && !p.Order.State.Settled():
		return 0
	case p.Message != "" && p.Shown == 0:
		return 3
	case p.Order.State.Settled() && p.Message != "":
		return 1
	}
	return 2
}

// byUrgency brings the most urgent cards to the front, those that changed
// longest ago first.
func byUrgency(list []order.Card) {
	slices.SortStableFunc(list, func(a, b order.Card) int { return cmp.Compare(urgency(a), urgency(b)) })
}

// begin notes that this process keeps the cards, until the function is called.
func (c *cards) begin() (end func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running, c.fatal = true, nil
	clear(c.tries)
	return func() {
		c.wg.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.running = false
	}
}

// claim makes the order's card the loop's to write and returns 0, or says
// how long it has to wait; less than 0 if it is until another is written.
func (c *cards) claim(id, place string, now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, busy := c.busy[id]; busy {
		return -1
	}
	if wait := c.tries[id].at.Sub(now); wait > 0 {
		return wait
	}
	if c.writing[place] >= inPlace || c.total() >= atOnce {
		return -1
	}
	c.busy[id] = place
	c.writing[place]++
	return 0
}

// total is how many cards the loop writes. The lock is held.
func (c *cards) total() int {
	n := 0
	for _, in := range c.writing {
		n += in
	}
	return n
}

// take makes the order's card that of a press, which the loop leaves alone
// until the function is called. It is nil where another process keeps the
// cards, or the loop is writing it.
func (c *cards) take(id string) (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, busy := c.busy[id]; busy || !c.running {
		return nil
	}
	c.busy[id] = ""
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.busy, id)
	})
}

// again lets every card be tried that waits because it was refused.
func (c *cards) again() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.tries)
}

// none reports whether the loop writes no card.
func (c *cards) none() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total() == 0
}

func (c *cards) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fatal
}

// aside reports whether a card is no business of the loop's: a press shows it,
// or the chat refused it in a place that nobody can mend here.
func (c *cards) aside(id string, mendable bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	place, busy := c.busy[id]
	return busy && place == "" || !mendable && c.tries[id].barred
}

// write calls a function beside the loop, which has claimed a card.
func (c *cards) write(do func()) { c.wg.Go(do) }

// done takes note of what came of a card that was claimed.
func (c *cards) done(id string, now time.Time, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if place, ok := c.busy[id]; ok {
		if c.writing[place]--; c.writing[place] <= 0 {
			delete(c.writing, place)
		}
		delete(c.busy, id)
	}
	if errors.Is(err, ErrUnauthorized) {
		c.fatal = err
	}
	if err == nil {
		delete(c.tries, id)
		return
	}
	wait := max(firstTry, min(2*c.tries[id].wait, lastTry))
	if barred(err) {
		wait = lastTry
	}
	c.tries[id] = try{now.Add(wait), wait, barred(err)}
}

// owned is the card of an order that a press brings up to date.
type owned struct {
	*session
	order   string
	release func() // nil: the loop repairs what the press shows
}

// own keeps the loop from writing the card of an order, while a press shows on
// it what comes of it: what the loop writes meanwhile would be older, and
// arrive later.
// What only the member sees takes the place of no card.
func (t *session) own(order string) *owned {
	if t.request.Private {
		return &owned{session: t, order: order}
	}
	return &owned{session: t, order: order, release: t.cards.take(order)}
}

// shown takes note that the message of the press shows a card, as far as is
// known.
func (o *owned) shown(ctx context.Context, c order.Card, err error) {
	if o.release == nil || err != nil || c.Message == "" || c.Message != o.request.Message {
		o.doubt(ctx)
		return
	}
	c.Tried = false
	if err := o.c.Feed.Keep(ctx, c); err != nil {
		o.doubt(ctx)
		return
	}
	o.backlog.shown(o.order)
}

// doubt has the loop write the card once more.
func (o *owned) doubt(ctx context.Context) {
	if err := o.c.Feed.Doubt(ctx, o.order); err != nil {
		o.c.Log.Warn().Ctx(ctx).Err(err).Str("order", o.order).Msg(o.c.Realm + ": a card could not be marked")
	}
}

// leave leaves the card to the loop before the end, because the press can't
// show it.
func (o *owned) leave() {
	o.end()
	o.release = nil
}

// end leaves the card to the loop again, which looks whether it is right.
func (o *owned) end() {
	if o.release != nil {
		o.release()
	}
	o.poke()
}
