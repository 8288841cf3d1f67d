package tcxc

import (
	"sync"
	"time"
)

// told is what an exchange's answers say of its clock. It is safe for concurrent
// use.
type told struct {
	mu   sync.Mutex
	date time.Time // of the latest answer that has one; zero: none had
	at   time.Time // when that came, by our clock
}

// note takes in what an answer says.
func (t *told) note(a answer, now time.Time) {
	date, ok := a.date()
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.date, t.at = date, now
}

// Skew returns by how much the clock of the exchange is ahead of ours, negative
// where it is behind, by the latest answer to whatever request; not known where
// none had a date. It is up to a second and the time of an answer too little,
// never too much, and stays right where our clock is set afterwards.
func (c *Client) Skew() (ahead time.Duration, known bool) {
	now := c.opt.Now()
	c.told.mu.Lock()
	defer c.told.mu.Unlock()
	if c.told.date.IsZero() {
		return 0, false
	}
	is := c.told.date.Add(now.Sub(c.told.at)) // as long as the process ran, whatever our clock shows
	return is.Sub(now.Round(0)), true
}
