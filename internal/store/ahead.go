package store

import (
	"context"
	"database/sql"
	"time"

	"didops/internal/order"
)

const (
	selectAhead = `SELECT id FROM orders WHERE exchange = $1 AND state = '` + string(order.Executing) + `' AND due_us > $2
	UNION SELECT order_id FROM lines WHERE exchange = $1 AND look_us > $3`
	latestQuery = `SELECT MAX(us) FROM (SELECT MAX(created_us) AS us FROM orders
	UNION ALL SELECT MAX(until_us) FROM leases
	UNION ALL SELECT MAX(due_us) FROM orders WHERE state = '` + string(order.Executing) + `') AS latest`
)

// farAhead is how far beyond the present nothing lies that anybody claims by a
// clock that is right.
const farAhead = time.Hour

// Ahead implements [order.Tx].
func (t orderTx) Ahead(exchange string, claim, look time.Time) ([]string, error) {
	var ids []string
	var id string
	err := t.each("read orders of the future", []any{&id}, func() error {
		ids = append(ids, id)
		return nil
	}, selectAhead, exchange, claim.UnixMicro(), look.UnixMicro())
	return ids, err
}

// exchanges returns the exchanges that a store has orders of.
func exchanges(ctx context.Context, db *sql.DB) ([]string, error) {
	rows, err := db.QueryContext(ctx, `SELECT DISTINCT exchange FROM orders ORDER BY exchange`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	return list, rows.Err()
}

// look fills in what a check reads of the tables.
func (r *Report) look(ctx context.Context, db *sql.DB, now time.Time) error {
	future, err := ofTheFuture(ctx, db, now)
	if err != nil {
		return err
	}
	r.Doubts = append(r.Doubts, future...)
	r.Exchanges, err = exchanges(ctx, db)
	return err
}

// ofTheFuture says where the store has times that no clock can have shown yet.
func ofTheFuture(ctx context.Context, db *sql.DB, now time.Time) ([]Doubt, error) {
	var latest sql.NullInt64
	if err := db.QueryRowContext(ctx, latestQuery).Scan(&latest); err != nil {
		return nil, err
	}
	ahead := moment(latest.Int64).Sub(now)
	if !latest.Valid || ahead <= farAhead {
		return nil, nil
	}
	return []Doubt{{
		"the store of orders has times of the future, " + ahead.Round(time.Second).String() + " ahead: the clock was set back, or had been wrong",
		"set the clock (NTP); what was held until then is taken over by itself, and what was sent is settled from now on",
	}}, nil
}
