package inventory

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/money"
)

// comparison holds what a look found against what is kept. It reads by its
// transaction and writes nothing.
type comparison struct {
	tx       Tx
	exchange string
	head     Head
	at       time.Time // of the look
	clock    time.Time // when it began to read
	proof    time.Duration
	seen     []exchange.Owned
	doings   doings

	mac   hash.Hash // under the key of the store
	text  []byte    // that is used over and over
	read  *reader
	lacks []Row
	out   plan
}

// plan is what is to be written after a look.
type plan struct {
	head    Head
	rows    []Row
	news    []news
	labels  map[string]Kept // that were asked for with a purchase, by numbers, with when
	missed  int             // not shown for the first time
	numbers int
}

// news is what changed of one number.
type news struct {
	number string
	kinds  []change
	orders []string // as many
	fee    money.Amount
	digest string // of the routing
}

// ordered sorts rows by their digits; those of one number so that the one with
// the lowest id comes first, and those without an id last.
func ordered(rows []exchange.Owned) []exchange.Owned {
	slices.SortFunc(rows, func(a, b exchange.Owned) int {
		return cmp.Or(strings.Compare(a.Digits, b.Digits), cmp.Compare(without(a.ID), without(b.ID)),
			cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID))
	})
	return rows
}

func without(id string) int {
	if id == "" {
		return 1
	}
	return 0
}

// run compares.
func (c *comparison) run() (plan, error) {
	key, err := c.tx.Key()
	if err != nil {
		return plan{}, err
	}
	c.mac = hmac.New(sha256.New, key)
	c.read, c.out.labels = newReader(), map[string]Kept{}
	c.out.head = Head{First: c.head.First, At: c.at, Clock: c.clock, Rev: c.head.Rev + 1, Seq: c.head.Seq}
	rest := c.seen
	err = c.tx.Rows(c.exchange, true, func(r *Row) error {
		for len(rest) > 0 && rest[0].Digits < r.Number {
			c.came(c.next(&rest, ""))
		}
		if len(rest) > 0 && rest[0].Digits == r.Number {
			id, known := glance(r.Body)
			o := c.next(&rest, id)
			if r.Gone.IsZero() {
				return c.stays(*r, o, known)
			}
			c.came(o)
		} else if r.Gone.IsZero() {
			c.lacks = append(c.lacks, *r)
		}
		return nil
	})
	for len(rest) > 0 {
		c.came(c.next(&rest, ""))
	}
	for i := range c.lacks {
		err = cmp.Or(err, c.lacking(c.lacks[i]))
	}
	c.out.head.Own = c.out.numbers + c.out.head.Missed
	if c.head.First.IsZero() {
		c.begin()
		return c.out, err
	}
	return c.out, cmp.Or(err, c.attribute())
}

// next takes the rows of the first number and returns the one that counts: that
// of the id that is known, or the first.
func (c *comparison) next(rest *[]exchange.Owned, id string) *exchange.Owned {
	list := *rest
	best, n := &list[0], 1
	for ; n < len(list) && list[n].Digits == best.Digits; n++ {
		if list[n].ID == id && id != "" {
			best = &list[n]
		}
	}
	*rest = list[n:]
	c.out.numbers++
	return best
}

// pack is [pack] with the route, which takes long to make fit to be shown where it
// is not the one that is known. The text is good until the next one.
func (c *comparison) pack(o *exchange.Owned, known route) []byte {
	to := route{digest: c.digest(o.Contact, o.SMPPContact)}
	if to.digest == known.digest {
		to = known
	} else {
		to.calls, to.messages = exchange.Shown(o.Contact), exchange.Shown(o.SMPPContact)
	}
	c.text = pack(c.text[:0], o, to)
	return c.text
}

// digest returns the keyed digest of where calls and messages go.
func (c *comparison) digest(contact, smpp string) string {
	if contact == "" && smpp == "" {
		return ""
	}
	text := append(append(append(c.text[:0], "routing\n"...), contact...), '\n')
	c.text = append(text, smpp...)
	c.mac.Reset()
	c.mac.Write(c.text)
	return hex.EncodeToString(c.mac.Sum(nil)[:16])
}

func (c *comparison) keep(r Row) { c.out.rows = append(c.out.rows, r) }

// came takes in a number that was not there.
func (c *comparison) came(o *exchange.Owned) {
	r := Row{Number: o.Digits, Body: string(c.pack(o, route{})), First: c.at}
	if o.State() == PendingDocuments {
		r.Waiting = c.at
	}
	c.keep(r)
	c.out.news = append(c.out.news, news{number: o.Digits, kinds: []change{{kind: Came}}, fee: o.MonthlyFee})
}

// stays takes in a number that was there, by a route that is known.
func (c *comparison) stays(r Row, o *exchange.Owned, known route) error {
	body := c.pack(o, known)
	if string(body) == r.Body && r.Missed.IsZero() {
		return nil
	}
	was, err := c.read.unpack(&r)
	if err != nil {
		return fmt.Errorf("number %s: %w", r.Number, err)
	}
	r.Body, r.Missed = string(body), time.Time{}
	is, err := c.read.unpack(&r)
	if err != nil {
		return fmt.Errorf("number %s: %w", r.Number, err)
	}
	switch {
	case is.State != PendingDocuments:
		r.Waiting = time.Time{}
	case was.State != PendingDocuments:
		r.Waiting = c.at
	}
	c.keep(r)
	if kinds := difference(&was, &is); len(kinds) > 0 {
		c.out.news = append(c.out.news, news{number: r.Number, kinds: kinds, fee: is.MonthlyFee, digest: is.Routing})
	}
	return nil
}

// lacking takes in a number that is not there any more, or is missed.
func (c *comparison) lacking(r Row) error {
	gone, err := c.proved(&r)
	switch {
	case err != nil:
		return err
	case gone:
		was, err := c.read.unpack(&r)
		if err != nil {
			return fmt.Errorf("number %s: %w", r.Number, err)
		}
		r.Gone, r.Missed, r.Waiting = c.at, time.Time{}, time.Time{}
		c.keep(r)
		c.out.news = append(c.out.news, news{number: r.Number, kinds: []change{{kind: Gone}}, fee: was.MonthlyFee})
		return nil
	}
	c.out.head.Missed++
	if r.Missed.IsZero() {
		c.out.missed++
	}
	if r.Missed.IsZero() || c.clock.Before(r.Missed) {
		r.Missed = c.clock
		c.keep(r)
	}
	return nil
}

// proved reports whether a number that this look does not show is gone: it was
// missed long enough, or an order gave it up since the look before began.
func (c *comparison) proved(r *Row) (bool, error) {
	if !r.Missed.IsZero() && c.clock.Sub(r.Missed) >= c.proof {
		return true, nil
	}
	d, ok := c.doings.gaveUp(r.Number)
	if !ok || !d.Sure || d.At.Before(c.doings.began) {
		return false, nil
	}
	used, err := c.tx.Explains(c.exchange, r.Number, d.Order)
	return !used, err
}

// begin makes of the first look of all that nothing came: it was there.
func (c *comparison) begin() {
	c.out.head.First = c.at
	for i := range c.out.rows {
		r := &c.out.rows[i]
		r.First = time.Time{}
		if d, ok := c.doings.last(r.Number, purchase); ok && d.Sure {
			c.ask(r.Number, d)
		}
	}
	c.out.news = nil
}

// ask has a number take the labels that it was bought with.
func (c *comparison) ask(number string, d Doing) {
	if !d.Labels.IsZero() {
		c.out.labels[number] = Kept{d.Labels, d.At}
	}
}

// attribute finds out what of the news orders of ours did.
func (c *comparison) attribute() error {
	slices.SortStableFunc(c.out.news, func(a, b news) int { return strings.Compare(a.number, b.number) })
	bought := map[string]string{}
	for i := range c.out.news {
		n := &c.out.news[i]
		for _, k := range n.kinds {
			d, ok, err := c.explain(n, k.kind)
			if err != nil {
				return err
			}
			order := ""
			if ok {
				order = d.Order
			}
			n.orders = append(n.orders, order)
			if k.kind == Came && ok {
				bought[n.number] = order
				c.ask(n.number, d)
			}
		}
	}
	for i := range c.out.rows {
		if order := bought[c.out.rows[i].Number]; order != "" {
			c.out.rows[i].Order = order
		}
	}
	return nil
}
