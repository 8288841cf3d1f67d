package store

import (
	"slices"
	"strings"
	"time"

	"didops/internal/identity"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/order"
)

// What counts against caps. Lines of orders that were kept before there were any
// say less of themselves: their orders are read.
const (
	selectClaims = `SELECT CASE WHEN decided_us < 0 THEN order_id ELSE '' END AS old,
	requester, roles, operation, country, due, monthly_fee, COUNT(*) FROM lines
	WHERE exchange = $1 AND day >= $2 AND day <= $3 AND reserved = 1
	AND (decided_us < 0 OR decided_us >= $4 AND decided_us < $5)
	GROUP BY old, requester, roles, operation, country, due, monthly_fee`
	selectActs = `SELECT number, operation, order_id, n, moved_us FROM lines
	WHERE exchange = $1 AND moved_us >= $2 AND moved_us <= $3 AND moved_us > 0 AND state = 'done' ORDER BY moved_us, order_id, n`
	// Those of states in which a line may be so are found by an index.
	selectUnderway = `SELECT CASE WHEN decided_us < 0 THEN order_id ELSE '' END, number, operation, monthly_fee
	FROM orders JOIN lines ON order_id = id
	WHERE orders.exchange = $1 AND orders.state IN ('executing', 'scheduled', 'unknown') AND id <> $2
	AND reserved = 1 AND lines.state IN ('waiting', 'sending', 'unknown') ORDER BY order_id, n`
	// Each name is found by the index of requesters, after the one before it.
	selectRequesters = `WITH RECURSIVE names (name) AS (
	SELECT MIN(requester) FROM orders WHERE exchange = $1
	UNION ALL SELECT (SELECT MIN(requester) FROM orders WHERE exchange = $1 AND requester > name) FROM names WHERE name IS NOT NULL)
	SELECT name FROM names WHERE name IS NOT NULL`
	selectFee = `SELECT number, gone_us, body FROM own_numbers WHERE exchange = $1`
)

// roleSeparator is between the names of roles in a column: no name has it.
const roleSeparator = ","

// claimColumns are what claims are made of.
func claimColumns(r order.Record, n int) []any {
	return []any{
		micros(r.Decided), r.Requester.String(), strings.Join(r.Asked.Groups, roleSeparator),
		r.Quote.Lines[n].Country, r.Monthly(n).String(),
	}
}

// Claims implements [order.Tx].
func (t orderTx) Claims(exchange string, from, until time.Time) ([]order.Claim, error) {
	var list []order.Claim
	var older []string
	var old, roles, due, fee string
	var c order.Claim
	first, last := from.UTC().Format(time.DateOnly), until.UTC().Format(time.DateOnly)
	err := t.each("read what counts against caps", []any{&old, &c.Requester, &roles, &c.Operation, &c.Country, &due, &fee, &c.Count}, func() error {
		if old != "" {
			if len(older) == 0 || older[len(older)-1] != old {
				older = append(older, old)
			}
			return nil
		}
		c.Groups = nil
		if roles != "" {
			c.Groups = strings.Split(roles, roleSeparator)
		}
		if err := c.Due.UnmarshalText([]byte(due)); err != nil {
			return err
		}
		if err := c.MonthlyFee.UnmarshalText([]byte(fee)); err != nil {
			return err
		}
		list = append(list, c)
		return nil
	}, selectClaims, exchange, first, last, from.UnixMicro(), until.UnixMicro())
	if err != nil {
		return nil, err
	}
	read := map[string]bool{}
	for _, id := range older {
		if read[id] {
			continue
		}
		read[id] = true
		r, err := t.Order(id)
		if err != nil {
			return nil, err
		}
		if !r.Decided.Before(from) && r.Decided.Before(until) {
			list = append(list, r.Claims()...)
		}
	}
	return list, nil
}

// Acts implements [order.Tx]. What a clock has kept that was ahead by more than
// clocks may be is left out.
func (t orderTx) Acts(exchange string, since time.Time) ([]order.Act, error) {
	var list []order.Act
	var a order.Act
	var us int64
	err := t.each("read what was carried out", []any{&a.Number, &a.Operation, &a.Order, &a.Line, &us}, func() error {
		a.At = moment(us)
		list = append(list, a)
		return nil
	}, selectActs, exchange, micros(since), t.store.clock().Add(clockSlack).UnixMicro())
	return list, err
}

// Underway implements [order.Tx]. Of lines that were kept before they said what they
// cost their orders are read.
func (t orderTx) Underway(exchange, but string) ([]order.Underway, error) {
	var list []order.Underway
	var older []string
	var b order.Underway
	var old, fee string
	err := t.each("read what is being bought", []any{&old, &b.Number, &b.Operation, &fee}, func() error {
		if old != "" {
			older = append(older, old)
			return nil
		}
		b.MonthlyFee = money.Amount{}
		err := b.MonthlyFee.UnmarshalText([]byte(fee))
		list = append(list, b)
		return err
	}, selectUnderway, exchange, but)
	for _, id := range slices.Compact(older) {
		if err != nil {
			break
		}
		var r order.Record
		if r, err = t.Order(id); err == nil {
			list = append(list, r.Underway()...)
		}
	}
	return list, err
}

// Requesters implements [order.Tx].
func (t orderTx) Requesters(exchange, realm string) ([]string, error) {
	var list []string
	var name string
	err := t.each("read who asked for orders", []any{&name}, func() error {
		if identity.ParseParty(name).Realm == realm {
			list = append(list, name)
		}
		return nil
	}, selectRequesters, exchange)
	return list, err
}

// OwnLook implements [order.Tx].
func (t orderTx) OwnLook(exchange string) (order.OwnLook, error) {
	h, err := inventoryTx{t.trailTx}.Head(exchange)
	if h.First.IsZero() {
		return order.OwnLook{}, err
	}
	return order.OwnLook{Rev: h.Rev, Clock: h.Clock}, err
}

// OwnFees implements [order.Tx].
func (t orderTx) OwnFees(exchange string, take func(order.OwnFee) error) error {
	var f order.OwnFee
	var gone int64
	var body string
	return t.each("read the fees of own numbers", []any{&f.Number, &gone, &body}, func() error {
		f.Gone = moment(gone)
		var err error
		if f.MonthlyFee, err = inventory.MonthlyFee(body); err != nil {
			return err
		}
		return take(f)
	}, selectFee, exchange)
}
