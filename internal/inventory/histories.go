package inventory

import (
	"context"
	"time"
)

// Histories is how far the histories of calls and messages of an exchange were
// read, whatever they said, and what they have shown since they are read.
type Histories struct {
	Told     time.Time // the first day (UTC) of which they told anything; zero = there is none
	To       time.Time // the moment up to which they were read; zero = they are to be read from the beginning
	Calls    bool      // a call to an own number
	Messages bool      // likewise
}

// Histories returns how far the histories were read.
func (s *Service) Histories(ctx context.Context) (Histories, error) {
	var h Histories
	err := s.c.Store.Read(ctx, func(tx Tx) (err error) {
		h, err = tx.Histories(s.c.Exchange)
		return err
	})
	return h, present(err)
}

// KeepHistories keeps how far they were read.
func (s *Service) KeepHistories(ctx context.Context, h Histories) error {
	return s.c.Store.Write(ctx, func(tx Tx) error { return tx.SaveHistories(s.c.Exchange, h) })
}
