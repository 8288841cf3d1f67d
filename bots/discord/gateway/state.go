package gateway

import (
	"fmt"
	"sync"
)

// state is whether interactions reach this process, or why not.
type state struct {
	mu     sync.Mutex
	good   bool
	why    string
	up     bool
	holder bool
}

// Ready returns nil when interactions reach the bot: the gateway is connected
// and READY, another process holds it while this one stands by, or
// interactions arrive by HTTP. Otherwise it is ErrUnavailable with the reason.
func (l *Link) Ready() error {
	l.state.mu.Lock()
	defer l.state.mu.Unlock()
	switch {
	case l.state.good:
		return nil
	case l.state.why == "":
		return fmt.Errorf("discord: %w: the gateway is not open yet", ErrUnavailable)
	}
	return fmt.Errorf("discord: %w: no gateway: %s", ErrUnavailable, l.state.why)
}

// Standing reports whether interactions reach this very process, and whether
// it is the one that holds the gateway, open or not. One that stands by is
// neither; where interactions arrive by HTTP there is nothing to hold.
func (l *Link) Standing() (up, holder bool) {
	l.state.mu.Lock()
	defer l.state.mu.Unlock()
	return l.state.up, l.state.holder
}

func (s *state) set(good, up bool, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.good, s.up, s.why = good, up, why
}

func (s *state) connected()      { s.set(true, true, "") }
func (s *state) standby()        { s.set(true, false, "") }
func (s *state) byHTTP()         { s.set(true, true, "") }
func (s *state) lost(why string) { s.set(false, false, why) }

// holds notes that the gateway is this process's, or no longer.
func (s *state) holds(is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holder = is
}
