package store

import (
	"didops/internal/mandate"
	"didops/internal/order"
)

const (
	mandateColumns = `SELECT id, exchange, name, created_us, until_us, revoked_us, revoked_by, tried FROM mandates WHERE exchange = $1`
	mandateLatest  = ` ORDER BY created_us DESC, id DESC`
	selectMandate  = mandateColumns + ` AND name = $2` + mandateLatest + ` LIMIT 1`
	selectMandates = mandateColumns + mandateLatest
	upsertMandate  = `INSERT INTO mandates (id, exchange, name, created_us, until_us, revoked_us, revoked_by, tried)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (id) DO UPDATE SET until_us = excluded.until_us, revoked_us = excluded.revoked_us,
	revoked_by = excluded.revoked_by, tried = excluded.tried`
	selectMandateUses = `SELECT u.order_id, u.n, u.used_us, u.due, u.counts, u.open, CASE WHEN l.state = 'done' THEN l.moved_us ELSE 0 END
	FROM mandate_uses u JOIN lines l ON l.order_id = u.order_id AND l.n = u.n WHERE u.mandate = $1 ORDER BY u.used_us, u.order_id, u.n`
	upsertMandateUse = `INSERT INTO mandate_uses (order_id, n, mandate, used_us, due, counts, open) VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT (order_id, n) DO UPDATE SET due = excluded.due, counts = excluded.counts, open = excluded.open`
)

// Mandates returns the store of mandates.
func (s *Store) Mandates() mandate.Store {
	return domain[mandate.Tx]{s, func(t *tx) mandate.Tx { return orderTx{passkeyTx{trailTx{t}}} }}
}

// mandateRow is a mandate as it is kept.
type mandateRow struct {
	mandate.Row

	created, until, revoked int64
	by                      string
}

func (m *mandateRow) columns() []any {
	return []any{&m.ID, &m.Exchange, &m.Name, &m.created, &m.until, &m.revoked, &m.by, &m.Tried}
}

func (m *mandateRow) row() (mandate.Row, error) {
	r := m.Row
	r.Created, r.Until, r.Revoked = moment(m.created), moment(m.until), moment(m.revoked)
	if m.by == "" {
		return r, nil
	}
	return r, strictly(m.by, &r.RevokedBy)
}

// Mandate implements [mandate.Tx].
func (t orderTx) Mandate(exchange, name string) (mandate.Row, error) {
	var m mandateRow
	if err := t.one("read a mandate", m.columns(), selectMandate, exchange, name); err != nil {
		return mandate.Row{}, err
	}
	return m.row()
}

// Mandates implements [mandate.Tx].
func (t orderTx) Mandates(exchange string) ([]mandate.Row, error) {
	var list []mandate.Row
	var m mandateRow
	err := t.each("read the mandates", m.columns(), func() error {
		r, err := m.row()
		list = append(list, r)
		return err
	}, selectMandates, exchange)
	return list, err
}

// KeepMandate implements [mandate.Tx].
func (t orderTx) KeepMandate(r mandate.Row) error {
	by := ""
	if !r.Revoked.IsZero() {
		var err error
		if by, err = bodyOf(r.RevokedBy); err != nil {
			return err
		}
	}
	_, err := t.exec("keep a mandate", upsertMandate, r.ID, r.Exchange, r.Name, micros(r.Created), micros(r.Until), micros(r.Revoked), by, r.Tried)
	return err
}

// MandateUses implements [mandate.Tx].
func (t orderTx) MandateUses(id string) ([]mandate.Use, error) {
	var list []mandate.Use
	var u mandate.Use
	var at, counts, open, done int64
	var due string
	err := t.each("read what a mandate bought", []any{&u.Order, &u.Line, &at, &due, &counts, &open, &done}, func() error {
		u.At, u.Counts, u.Open, u.Done = moment(at), counts == 1, open == 1, moment(done)
		err := u.Due.UnmarshalText([]byte(due))
		list = append(list, u)
		return err
	}, selectMandateUses, id)
	return list, err
}

// use keeps how line n counts for the mandate that decided the order, if one did.
func (t orderTx) use(r order.Record, n int) error {
	u, used := r.UsedBy(n)
	if !used {
		return nil
	}
	_, err := t.exec("keep order "+r.ID, upsertMandateUse, r.ID, n, r.Mandate.ID, micros(u.At), u.Due.String(), number(u.Counts), number(u.Open))
	return err
}
