package sandbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"
)

// state is what was bought. It is shared by processes through a SQLite file,
// or lives in memory when the path is "". Nothing is created by reading.
type state struct {
	path   string
	market string // whose numbers: seed and size

	mu   sync.Mutex
	db   *sql.DB     // nil until there is something to open
	file fs.FileInfo // what db was opened on
	seen *held       // as of the generation seen last
	done bool        // closed for good
}

func newState(path, market string) *state { return &state{path: path, market: market} }

// held is the state as one read sees it. It is never changed.
type held struct {
	generation int64
	gone       []int32 // rows of the market that are sold, ascending
	own        []holding
}

// holding is a number that somebody has bought.
type holding struct {
	facts
	id       int
	number   string
	buyer    string
	contact  string
	smpp     string
	account  int
	bought   time.Time
	verified bool
}

// errSold means that the number has been bought before.
var errSold = errors.New("already sold")

// errClosed means that the sandbox has been closed.
var errClosed = errors.New("the sandbox is closed")

// errNotHeld means that the buyer does not have the number.
var errNotHeld = errors.New("not held by this buyer")

// read returns what is sold in the market.
func (s *state) read(ctx context.Context, m *market) (*held, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok, err := s.open(ctx, false); err != nil || !ok {
		return &held{}, err
	}
	var generation int64
	if err := s.db.QueryRowContext(ctx, `SELECT generation FROM control`).Scan(&generation); err != nil {
		return nil, fmt.Errorf("read the sandbox state: %w", err)
	}
	if s.seen != nil && s.seen.generation == generation {
		return s.seen, nil
	}
	h, err := s.load(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("read the sandbox state: %w", err)
	}
	h.generation = generation
	s.seen = h
	return h, nil
}

// load reads all holdings. A write between the generation and the holdings
// makes the next read load again, which is harmless.
func (s *state) load(ctx context.Context, m *market) (*held, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT number, i_did, buyer, facts, contact, smpp_contact, account, bought_us, verified
		FROM holdings WHERE market = $1 ORDER BY bought_us, rowid`, s.market)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	h := &held{}
	for rows.Next() {
		var o holding
		var text string
		var us int64
		if err := rows.Scan(&o.number, &o.id, &o.buyer, &text, &o.contact, &o.smpp, &o.account, &us, &o.verified); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &o.facts); err != nil {
			return nil, fmt.Errorf("facts of a bought number: %w", err)
		}
		o.bought = time.UnixMicro(us).UTC()
		h.own = append(h.own, o)
		if k, ok := m.find(o.number); ok {
			h.gone = append(h.gone, narrow(k))
		}
	}
	slices.Sort(h.gone)
	return h, rows.Err()
}

// change carries out one transaction, which opens or creates the state, and
// marks the state as changed.
func (s *state) change(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.open(ctx, true); err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("change the sandbox state: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := do(ctx, tx); err != nil {
		return fmt.Errorf("change the sandbox state: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE control SET generation = generation + 1`); err != nil {
		return fmt.Errorf("change the sandbox state: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("change the sandbox state: %w", err)
	}
	return nil
}

// buy records a purchase and its ledger entry, or errSold.
func (s *state) buy(ctx context.Context, o holding) error {
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.insert(ctx, tx, o); err != nil {
			return err
		}
		return s.note(ctx, tx, Purchase, o, o.bought)
	})
}

// lose records that another buyer has bought a number. It is no entry of the
// ledger. A number sold already is left alone.
func (s *state) lose(ctx context.Context, o holding) error {
	err := s.change(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.insert(ctx, tx, o) })
	if errors.Is(err, errSold) {
		return nil
	}
	return err
}

func (s *state) insert(ctx context.Context, tx *sql.Tx, o holding) error {
	text, err := json.Marshal(o.facts)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO holdings
		(market, number, i_did, buyer, facts, contact, smpp_contact, account, bought_us, verified)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		s.market, o.number, o.id, o.buyer, string(text), o.contact, o.smpp, o.account, o.bought.UnixMicro(), o.verified)
	return exactlyOne(res, err, errSold)
}

// route replaces both contacts of a number.
func (s *state) route(ctx context.Context, o holding, at time.Time) error {
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE holdings SET contact = $1, smpp_contact = $2
			WHERE market = $3 AND number = $4 AND buyer = $5`, o.contact, o.smpp, s.market, o.number, o.buyer)
		if err := exactlyOne(res, err, errNotHeld); err != nil {
			return err
		}
		return s.note(ctx, tx, Update, o, at)
	})
}

// release gives a number back to the market.
func (s *state) release(ctx context.Context, o holding, at time.Time) error {
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM holdings WHERE market = $1 AND number = $2 AND buyer = $3`,
			s.market, o.number, o.buyer)
		if err := exactlyOne(res, err, errNotHeld); err != nil {
			return err
		}
		return s.note(ctx, tx, Unsubscribe, o, at)
	})
}

// verify marks the documents of a number, or of all, as verified.
func (s *state) verify(ctx context.Context, number string) error {
	if _, err := os.Stat(s.path); s.path != "" && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE holdings SET verified = 1 WHERE market = $1 AND $2 IN ('', number)`, s.market, number)
		return err
	})
}

func exactlyOne(res sql.Result, err, none error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return none
	}
	return err
}
