package sandbox

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Sent is a message to a seller that was taken in.
type Sent struct {
	ID      int64     `json:"i_message"`
	Vendor  int       `json:"i_vendor"`
	Buyer   string    `json:"buyer"` // login
	Subject string    `json:"subject"`
	Text    string    `json:"message"`
	Time    time.Time `json:"time"` // UTC
}

// SentMessages returns the messages to sellers that were taken in, in order. The
// error is that of the state file.
func (s *Server) SentMessages(ctx context.Context) ([]Sent, error) { return s.state.messages(ctx) }

// message takes in a message to a seller, and answers with its number.
func (x *exchange) message(ctx context.Context, b []byte) []byte {
	vendor, ok := positive(x.form.Get("id"))
	m := Sent{Vendor: vendor, Buyer: x.server.options.Login, Subject: x.form.Get("subject"), Text: x.form.Get("message"), Time: x.now.UTC()}
	known := slices.ContainsFunc(exchangeSellers(), func(s seller) bool { return s.id == vendor })
	if !ok || !known || m.Subject == "" || m.Text == "" {
		return appendStatus(b, "error", textError)
	}
	if _, ok := x.faults.get(Nothing); ok {
		return append(b, `{"status":"success"}`...)
	}
	if err := x.server.state.keepMessage(ctx, &m); err != nil {
		return x.failed(b, err)
	}
	b = append(b, `{"status":"success","i_message":"`...)
	return append(strconv.AppendInt(b, m.ID, 10), `"}`...)
}

// keepMessage keeps m and sets its number.
func (s *state) keepMessage(ctx context.Context, m *Sent) error {
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO messages (market, buyer, i_vendor, subject, message, at_us)
			VALUES ($1, $2, $3, $4, $5, $6) RETURNING seq`,
			s.market, m.Buyer, m.Vendor, m.Subject, m.Text, m.Time.UnixMicro()).Scan(&m.ID)
	})
}

func (s *state) messages(ctx context.Context) ([]Sent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok, err := s.open(ctx, false); err != nil || !ok {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT seq, buyer, i_vendor, subject, message, at_us
		FROM messages WHERE market = $1 ORDER BY seq`, s.market)
	if err != nil {
		return nil, fmt.Errorf("read the sandbox messages: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []Sent
	for rows.Next() {
		var m Sent
		var us int64
		if err := rows.Scan(&m.ID, &m.Buyer, &m.Vendor, &m.Subject, &m.Text, &us); err != nil {
			return nil, fmt.Errorf("read the sandbox messages: %w", err)
		}
		m.Time = time.UnixMicro(us).UTC()
		all = append(all, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the sandbox messages: %w", err)
	}
	return all, nil
}
