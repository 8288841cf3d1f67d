package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"didops/internal/inventory"
	"didops/internal/transaction"
)

const (
	selectInventory = `SELECT first_us, looked_us, clock_us, rev, seq, own, missed FROM inventories WHERE exchange = $1`
	upsertInventory = `INSERT INTO inventories (exchange, first_us, looked_us, clock_us, rev, seq, own, missed)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (exchange) DO UPDATE SET first_us = excluded.first_us,
	looked_us = excluded.looked_us, clock_us = excluded.clock_us, rev = excluded.rev, seq = excluded.seq, own = excluded.own, missed = excluded.missed`

	selectOwn = `SELECT number, first_us, waiting_us, gone_us, missed_us, order_id, body FROM own_numbers
	WHERE exchange = $1 AND (gone_us = 0 OR CAST($2 AS BIGINT) = 1) ORDER BY number`
	selectIsOwn = `SELECT 1 FROM own_numbers WHERE exchange = $1 AND number = $2`
	upsertOwn   = `INSERT INTO own_numbers (exchange, number, first_us, waiting_us, gone_us, missed_us, order_id, body)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (exchange, number) DO UPDATE SET first_us = excluded.first_us,
	waiting_us = excluded.waiting_us, gone_us = excluded.gone_us, missed_us = excluded.missed_us,
	order_id = excluded.order_id, body = excluded.body`

	changesOf       = `SELECT seq, at_us, number, kind, order_id, monthly_fee, fields FROM own_changes WHERE exchange = $1`
	selectChanges   = changesOf + ` ORDER BY seq DESC`
	selectFees      = changesOf + ` AND kind IN ('new', 'gone', 'fee') ORDER BY seq DESC`
	selectChangesOf = changesOf + ` AND number = $2 ORDER BY seq DESC`
	selectExplained = `SELECT 1 FROM own_changes WHERE exchange = $1 AND number = $2 AND order_id = $3 LIMIT 1`
	insertChange    = `INSERT INTO own_changes (exchange, seq, at_us, number, kind, order_id, monthly_fee, fields)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

	selectLabels   = `SELECT number, set_us, body FROM own_labels WHERE exchange = $1 ORDER BY number`
	selectLabelsOf = `SELECT set_us, body FROM own_labels WHERE exchange = $1 AND number = $2`
	insertLabels   = `INSERT INTO own_labels (exchange, number, set_us, body) VALUES `
	orReplace      = ` ON CONFLICT (exchange, number) DO UPDATE SET set_us = excluded.set_us, body = excluded.body`

	useColumns  = `from_us, to_us, call_us, message_us, calls, messages`
	selectUse   = `SELECT number, ` + useColumns + ` FROM own_use WHERE exchange = $1 ORDER BY number`
	selectUseOf = `SELECT id, ` + useColumns + ` FROM own_use WHERE exchange = $1 AND number = $2`
	upsertUse   = `INSERT INTO own_use (id, exchange, number, from_us, to_us, call_us, message_us, calls, messages)
	VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM own_use), $1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (exchange, number) DO UPDATE SET from_us = excluded.from_us, to_us = excluded.to_us, call_us = excluded.call_us,
	message_us = excluded.message_us, calls = excluded.calls, messages = excluded.messages RETURNING id`
	selectUseDays = `SELECT day, calls, messages FROM own_use_days WHERE use_id = $1 ORDER BY day`
	dropUseDays   = `DELETE FROM own_use_days WHERE use_id = $1 AND (day < $2 OR day >= $3 AND day <= $4)`
	insertUseDay  = `INSERT INTO own_use_days (use_id, day, calls, messages) VALUES ($1, $2, $3, $4)`
)

// Inventory returns the store of own numbers.
func (s *Store) Inventory() inventory.Store {
	return domain[inventory.Tx]{s, func(t *tx) inventory.Tx { return inventoryTx{trailTx{t}} }}
}

// inventoryTx is an [inventory.Tx].
type inventoryTx struct{ trailTx }

// Head implements [inventory.Tx].
func (t inventoryTx) Head(exchange string) (inventory.Head, error) {
	var h inventory.Head
	var first, at, clock int64
	err := t.one("read how the own numbers stand", []any{&first, &at, &clock, &h.Rev, &h.Seq, &h.Own, &h.Missed}, selectInventory, exchange)
	if errors.Is(err, transaction.ErrNone) {
		return inventory.Head{}, nil
	}
	h.First, h.At, h.Clock = moment(first), moment(at), moment(clock)
	return h, err
}

// SaveHead implements [inventory.Tx].
func (t inventoryTx) SaveHead(exchange string, h inventory.Head) error {
	_, err := t.exec("keep how the own numbers stand", upsertInventory, exchange, micros(h.First), micros(h.At), micros(h.Clock), h.Rev, h.Seq, h.Own, h.Missed)
	return err
}

// Rows implements [inventory.Tx].
func (t inventoryTx) Rows(exchange string, gone bool, take func(*inventory.Row) error) error {
	var r inventory.Row
	var first, waiting, went, missed int64
	return t.each("read the own numbers", []any{&r.Number, &first, &waiting, &went, &missed, &r.Order, &r.Body}, func() error {
		r.First, r.Waiting, r.Gone, r.Missed = moment(first), moment(waiting), moment(went), moment(missed)
		return take(&r)
	}, selectOwn, exchange, number(gone))
}

// Has implements [inventory.Tx].
func (t inventoryTx) Has(exchange, number string) (bool, error) {
	return t.there("look for an own number", selectIsOwn, exchange, number)
}

// there reports whether a query has a row.
func (t inventoryTx) there(what, query string, args ...any) (bool, error) {
	var one int
	err := t.one(what, []any{&one}, query, args...)
	if errors.Is(err, transaction.ErrNone) {
		return false, nil
	}
	return err == nil, err
}

// SaveRow implements [inventory.Tx].
func (t inventoryTx) SaveRow(exchange string, r *inventory.Row) error {
	_, err := t.exec("keep an own number", upsertOwn, exchange, r.Number, micros(r.First), micros(r.Waiting), micros(r.Gone), micros(r.Missed), r.Order, r.Body)
	return err
}

// Changes implements [inventory.Tx].
func (t inventoryTx) Changes(exchange, number string, take func(*inventory.Change) error) error {
	if number == "" {
		return t.changes(take, selectChanges, exchange)
	}
	return t.changes(take, selectChangesOf, exchange, number)
}

// Fees implements [inventory.Tx].
func (t inventoryTx) Fees(exchange string, take func(*inventory.Change) error) error {
	return t.changes(take, selectFees, exchange)
}

func (t inventoryTx) changes(take func(*inventory.Change) error, query string, args ...any) error {
	var c inventory.Change
	var at int64
	var fee, fields string
	return t.each("read what changed of own numbers", []any{&c.Seq, &at, &c.Number, &c.Kind, &c.Order, &fee, &fields}, func() error {
		c.At = moment(at)
		var ok bool
		if c.Fields, ok = unpackFields(fields); !ok || c.MonthlyFee.UnmarshalText([]byte(fee)) != nil {
			return fmt.Errorf("change %d: %w", c.Seq, inventory.ErrUnreadable)
		}
		return take(&c)
	}, query, args...)
}

// A change has its fields as lines of three parts.
const (
	fieldSeparator = "\n"
	partSeparator  = "\t"
)

// packFields writes the fields of a change. Nothing in them holds a separator:
// they are cleaned.
func packFields(list []inventory.Field) string {
	lines := make([]string, 0, len(list))
	for _, f := range list {
		lines = append(lines, f.Name+partSeparator+f.From+partSeparator+f.To)
	}
	return strings.Join(lines, fieldSeparator)
}

func unpackFields(text string) ([]inventory.Field, bool) {
	if text == "" {
		return nil, true
	}
	var list []inventory.Field
	for line := range strings.SplitSeq(text, fieldSeparator) {
		name, rest, ok := strings.Cut(line, partSeparator)
		from, to, more := strings.Cut(rest, partSeparator)
		if !ok || !more {
			return nil, false
		}
		list = append(list, inventory.Field{Name: name, From: from, To: to})
	}
	return list, true
}

// Explains implements [inventory.Tx].
func (t inventoryTx) Explains(exchange, number, order string) (bool, error) {
	return t.there("look for what an order changed", selectExplained, exchange, number, order)
}

// AddChange implements [inventory.Tx].
func (t inventoryTx) AddChange(exchange string, c *inventory.Change) error {
	_, err := t.exec("keep what changed of an own number", insertChange, exchange, c.Seq, micros(c.At), c.Number, string(c.Kind), c.Order, c.MonthlyFee.String(), packFields(c.Fields))
	return err
}

// Labels implements [inventory.Tx].
func (t inventoryTx) Labels(exchange string, take func(number string, k inventory.Kept) error) error {
	var number, body string
	var at int64
	return t.each("read the labels of own numbers", []any{&number, &at, &body}, func() error {
		k, err := labels(number, at, body)
		if err != nil {
			return err
		}
		return take(number, k)
	}, selectLabels, exchange)
}

// LabelsOf implements [inventory.Tx].
func (t inventoryTx) LabelsOf(exchange, number string) (inventory.Kept, error) {
	var body string
	var at int64
	err := t.one("read the labels of an own number", []any{&at, &body}, selectLabelsOf, exchange, number)
	if errors.Is(err, transaction.ErrNone) {
		return inventory.Kept{}, nil
	}
	if err != nil {
		return inventory.Kept{}, err
	}
	return labels(number, at, body)
}

// labelsBody is what of labels is kept as JSON.
type labelsBody struct {
	Owner      string   `json:"owner,omitempty"`
	CostCentre string   `json:"cost_centre,omitempty"`
	Tags       []string `json:"tags,omitempty"`
	Note       string   `json:"note,omitempty"`
}

func labels(number string, at int64, body string) (inventory.Kept, error) {
	var b labelsBody
	if err := strictly(body, &b); err != nil {
		return inventory.Kept{}, fmt.Errorf("labels of %s: %w: %w", number, inventory.ErrUnreadable, err)
	}
	return inventory.Kept{Labels: inventory.Labels(b), At: moment(at)}, nil
}

// SaveLabels implements [inventory.Tx].
func (t inventoryTx) SaveLabels(exchange string, of map[string]inventory.Kept) error {
	rows := make([][]any, 0, len(of))
	for _, number := range slices.Sorted(maps.Keys(of)) {
		k := of[number]
		body, err := json.Marshal(labelsBody(k.Labels))
		if err != nil {
			return err
		}
		rows = append(rows, []any{exchange, number, micros(k.At), string(body)})
	}
	return t.insert("keep the labels of own numbers", insertLabels, orReplace, rows)
}

// useRow is where the columns of [useColumns] go.
type useRow struct {
	from, to, call, message int64
	calls, messages         int
}

func (r *useRow) columns() []any {
	return []any{&r.from, &r.to, &r.call, &r.message, &r.calls, &r.messages}
}

func (r *useRow) use() *inventory.Use {
	return &inventory.Use{
		From: moment(r.from), To: moment(r.to), LastCall: moment(r.call), LastMessage: moment(r.message), Calls: r.calls, Messages: r.messages,
	}
}

// Used implements [inventory.Tx].
func (t inventoryTx) Used(exchange string, take func(number string, u *inventory.Use) error) error {
	var number string
	var r useRow
	return t.each("read the use of own numbers", append([]any{&number}, r.columns()...), func() error {
		return take(number, r.use())
	}, selectUse, exchange)
}

// UseOf implements [inventory.Tx].
func (t inventoryTx) UseOf(exchange, number string) (*inventory.Use, error) {
	var id, date int64
	var r useRow
	err := t.one("read the use of an own number", append([]any{&id}, r.columns()...), selectUseOf, exchange, number)
	if errors.Is(err, transaction.ErrNone) {
		return nil, nil //nolint:nilnil // nothing is known, as is said
	}
	if err != nil {
		return nil, err
	}
	u := r.use()
	var d inventory.Day
	err = t.each("read the use of an own number", []any{&date, &d.Calls, &d.Messages}, func() error {
		d.Date = time.Unix(date*secondsADay, 0).UTC()
		u.Days = append(u.Days, d)
		return nil
	}, selectUseDays, id)
	return u, err
}

const secondsADay = 24 * 60 * 60

// dayOf is a date as a column keeps it.
func dayOf(t time.Time) int64 { return t.Unix() / secondsADay }

// SaveUse implements [inventory.Tx].
func (t inventoryTx) SaveUse(exchange, number string, u *inventory.Use, from, to time.Time) error {
	var id int64
	err := t.one("keep the use of an own number", []any{&id}, upsertUse, exchange, number,
		micros(u.From), micros(u.To), micros(u.LastCall), micros(u.LastMessage), u.Calls, u.Messages)
	if err != nil {
		return err
	}
	if _, err := t.exec("keep the use of an own number", dropUseDays, id, dayOf(u.From), dayOf(from), dayOf(to)); err != nil {
		return err
	}
	for _, d := range u.Days {
		if d.Date.Before(from) || d.Date.After(to) {
			continue
		}
		if _, err := t.exec("keep the use of an own number", insertUseDay, id, dayOf(d.Date), d.Calls, d.Messages); err != nil {
			return err
		}
	}
	return nil
}
