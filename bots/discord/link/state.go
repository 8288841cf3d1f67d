package link

import (
	"fmt"
	"sync"
)

// state is whether interactions reach this process, or why not.
type state struct {
	mu   sync.Mutex
	good bool
	why  string
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

func (s *state) set(good bool, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.good, s.why = good, why
}

func (s *state) connected()      { s.set(true, "") }
func (s *state) standby()        { s.set(true, "") }
func (s *state) byHTTP()         { s.set(true, "") }
func (s *state) lost(why string) { s.set(false, why) }
