package fakediscord

import (
	"testing"
	"time"
)

// The operations of the gateway.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opResume         = 6
	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opAck            = 11
)

// Script says how the connections that come next behave. The zero value
// behaves well.
type Script struct {
	NoHello    bool            // nothing is said at all
	NoReady    bool            // identify is not answered
	Ready      <-chan struct{} // READY waits until it is closed
	NoAck      bool            // heartbeats are not acknowledged
	Heartbeat  time.Duration   // interval; 0 = 41.25 s
	Refuse     int             // close code that identify is answered with
	Invalid    int             // so many identifies are answered with op 9
	Reconnect  bool            // identify is answered with op 7
	Identifies *int            // what GET /gateway/bot says remains; nil = plenty
	ResetAfter time.Duration   // and until when
}

// Script sets how the connections that come next behave.
func (f *Fake) Script(s Script) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script = s
	f.touch()
}

// Connected waits until n sessions were READY since the start.
func (f *Fake) Connected(tb testing.TB, n int) {
	tb.Helper()
	wait(tb, f, "a session of the gateway", func() (struct{}, bool) { return struct{}{}, f.ready >= n })
}

// Disconnected waits until no connection is open.
func (f *Fake) Disconnected(tb testing.TB) {
	tb.Helper()
	wait(tb, f, "the end of all connections", func() (struct{}, bool) { return struct{}{}, len(f.sessions) == 0 })
}

// Identified waits until n identifies came since the start.
func (f *Fake) Identified(tb testing.TB, n int) {
	tb.Helper()
	wait(tb, f, "an identify", func() (struct{}, bool) { return struct{}{}, f.identified >= n })
}

// Resumed waits until n sessions were asked to go on since the start.
func (f *Fake) Resumed(tb testing.TB, n int) {
	tb.Helper()
	wait(tb, f, "a resume", func() (struct{}, bool) { return struct{}{}, f.resumed >= n })
}

// Resumes is how many sessions were asked to go on since the start, whether
// they did or not.
func (f *Fake) Resumes() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.resumed
}

// Identifies is how many identifies came since the start.
func (f *Fake) Identifies() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.identified
}

// Sessions is how many sessions are READY and open.
func (f *Fake) Sessions() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.live())
}

// Reconnect asks the sessions to reconnect (op 7).
func (f *Fake) Reconnect() { f.tell(frame{Op: opReconnect}) }

// InvalidSession tells the sessions that they are invalid (op 9). Those that
// are not resumable are forgotten.
func (f *Fake) InvalidSession(resumable bool) {
	if !resumable {
		f.forget(f.open()...)
	}
	f.tell(frame{Op: opInvalidSession, Data: resumable})
}

// forget makes sessions not to be resumed any more.
func (f *Fake) forget(list ...*session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range list {
		if s.of != nil {
			delete(f.lasting, s.of.id)
		}
	}
}

// Dispatch sends an event to the sessions.
func (f *Fake) Dispatch(event string, data any) { f.tell(frame{Type: event, Data: data}) }

// dispatch sends an event to the sessions, and reports whether one of them has
// it, or will have it when it is resumed.
func (f *Fake) dispatch(event string, data any) bool {
	return f.tell(frame{Type: event, Data: data}) > 0
}

// Drop breaks the connections, without a word.
func (f *Fake) Drop() {
	for _, s := range f.open() {
		_ = s.conn.UnderlyingConn().Close()
	}
}

// CloseGateway closes the connections with a code. Sessions can be resumed,
// but after those that say otherwise: 1000, 4007 and 4009.
func (f *Fake) CloseGateway(code int) {
	if code == 1000 || code == 4007 || code == 4009 {
		f.forget(f.open()...)
	}
	for _, s := range f.open() {
		s.close(code)
	}
}

// tell sends a frame to the sessions, and returns how many of them it reaches.
func (f *Fake) tell(m frame) int {
	f.mu.Lock()
	live := f.live()
	f.mu.Unlock()
	reached := 0
	for _, s := range live {
		err := s.send(m)
		f.mu.Lock()
		if err == nil || s.of != nil && f.lasting[s.of.id] != nil {
			reached++
		} else {
			s.ready = false
		}
		f.mu.Unlock()
	}
	return reached
}

// live lists the sessions that are READY. The lock is held.
func (f *Fake) live() []*session {
	var out []*session
	for s := range f.sessions {
		if s.ready {
			out = append(out, s)
		}
	}
	return out
}

func (f *Fake) open() []*session {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []*session
	for s := range f.sessions {
		out = append(out, s)
	}
	return out
}
