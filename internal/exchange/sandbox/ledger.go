package sandbox

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// Entry is one thing that the sandbox carried out for good.
type Entry struct {
	Seq         int64     `json:"seq"`
	Operation   Operation `json:"operation"` // Purchase, Update or Unsubscribe
	ID          string    `json:"i_did"`
	Number      string    `json:"number"` // digits
	Buyer       string    `json:"buyer"`  // login
	Contact     string    `json:"contact"`
	SMPPContact string    `json:"smpp_contact"` // with its password
	Account     int       `json:"billing_i_account"`
	Time        time.Time `json:"time"` // UTC
}

// Ledger returns everything that was carried out in this market, by any
// process that shares the state, in order. What another buyer bought by a
// fault is not in it. The error is that of the state file.
func (s *Server) Ledger(ctx context.Context) ([]Entry, error) { return s.state.ledger(ctx) }

// Reset empties the state: nothing is bought and the ledger is empty, for
// every market in the file. A file that does not exist is not created.
func (s *Server) Reset(ctx context.Context) error { return s.state.reset(ctx) }

// note adds an entry to the ledger.
func (s *state) note(ctx context.Context, tx *sql.Tx, op Operation, o holding, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO ledger
		(market, operation, i_did, number, buyer, contact, smpp_contact, account, at_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		s.market, string(op), o.id, o.number, o.buyer, o.contact, o.smpp, o.account, at.UnixMicro())
	return err
}

func (s *state) ledger(ctx context.Context) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok, err := s.open(ctx, false); err != nil || !ok {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT seq, operation, i_did, number, buyer, contact, smpp_contact, account, at_us
		FROM ledger WHERE market = $1 ORDER BY seq`, s.market)
	if err != nil {
		return nil, fmt.Errorf("read the sandbox ledger: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []Entry
	for rows.Next() {
		var e Entry
		var id int
		var us int64
		err := rows.Scan(&e.Seq, &e.Operation, &id, &e.Number, &e.Buyer, &e.Contact, &e.SMPPContact, &e.Account, &us)
		if err != nil {
			return nil, fmt.Errorf("read the sandbox ledger: %w", err)
		}
		e.ID, e.Time = strconv.Itoa(id), time.UnixMicro(us).UTC()
		all = append(all, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the sandbox ledger: %w", err)
	}
	return all, nil
}

func (s *state) reset(ctx context.Context) error {
	s.mu.Lock()
	ok, err := s.open(ctx, false)
	s.mu.Unlock()
	if err != nil || !ok {
		return err
	}
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM holdings`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM messages`); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM ledger`)
		return err
	})
}
