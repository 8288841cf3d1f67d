package fakediscord

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// frame is a message of the gateway.
type frame struct {
	Op   int    `json:"op"`
	Data any    `json:"d"`
	Seq  *int   `json:"s,omitempty"`
	Type string `json:"t,omitempty"`
}

// session is a connection of the gateway.
type session struct {
	f      *Fake
	conn   *websocket.Conn
	script Script
	ready  bool          // under the Fake's lock
	done   chan struct{} // closed when the connection is over

	mu  sync.Mutex // of writing
	seq int
}

// connect takes a connection and serves it until it is over.
func (f *Fake) connect(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	s := &session{f: f, conn: conn, done: make(chan struct{})}
	f.mu.Lock()
	s.script = f.script
	f.sessions[s] = struct{}{}
	f.touch()
	f.mu.Unlock()
	defer func() {
		close(s.done)
		f.mu.Lock()
		delete(f.sessions, s)
		f.touch()
		f.mu.Unlock()
		_ = conn.Close()
	}()
	if !s.script.NoHello {
		interval := s.script.Heartbeat
		if interval == 0 {
			interval = 41250 * time.Millisecond
		}
		s.send(frame{Op: opHello, Data: map[string]any{"heartbeat_interval": interval.Milliseconds()}})
	}
	s.listen()
}

func (s *session) listen() {
	for {
		var m struct {
			Op   int             `json:"op"`
			Data json.RawMessage `json:"d"`
		}
		if err := s.conn.ReadJSON(&m); err != nil {
			return
		}
		switch m.Op {
		case opHeartbeat:
			if !s.script.NoAck {
				s.send(frame{Op: opAck})
			}
		case opIdentify:
			s.identify(m.Data)
		case opResume:
			s.send(frame{Op: opInvalidSession, Data: false})
		}
	}
}

func (s *session) send(m frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.Type != "" {
		s.seq++
		seq := s.seq
		m.Seq = &seq
	}
	_ = s.conn.WriteJSON(m)
}

func (s *session) close(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	deadline := s.f.now().Add(time.Second)
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), deadline)
	_ = s.conn.UnderlyingConn().Close()
}

// identify answers an identify as the script says.
func (s *session) identify(data json.RawMessage) {
	var id struct {
		Token      string         `json:"token"`
		Intents    *int64         `json:"intents"`
		Properties map[string]any `json:"properties"`
	}
	err := json.Unmarshal(data, &id)
	f := s.f
	f.mu.Lock()
	f.identified++
	invalid := f.script.Invalid > 0
	if invalid {
		f.script.Invalid--
	}
	switch {
	case err != nil || id.Intents == nil || len(id.Properties) == 0:
		f.blame("an identify lacks intents or properties: %v", err)
	case *id.Intents != 0:
		f.blame("identify asks for the intents %d: interactions need none", *id.Intents)
	}
	again := s.ready
	f.touch()
	f.mu.Unlock()
	switch {
	case s.script.Refuse != 0:
		s.close(s.script.Refuse)
	case strings.TrimPrefix(id.Token, "Bot ") != f.Token:
		s.close(4004)
	case again:
		s.close(4005)
	case s.script.Reconnect:
		s.send(frame{Op: opReconnect})
	case invalid:
		s.send(frame{Op: opInvalidSession, Data: false})
	case s.script.Ready != nil:
		go func() {
			select {
			case <-s.script.Ready:
				s.welcome()
			case <-s.done:
			}
		}()
	case !s.script.NoReady:
		s.welcome()
	}
}

// welcome sends READY.
func (s *session) welcome() {
	f := s.f
	s.send(frame{Type: "READY", Data: map[string]any{
		"v": 9, "session_id": "session", "resume_gateway_url": "ws" + f.URL[len("http"):],
		"user":        map[string]any{"id": f.AppID, "username": "bot", "bot": true},
		"application": map[string]any{"id": f.AppID, "flags": 0},
		"guilds":      []any{map[string]any{"id": f.Guild, "unavailable": true}},
	}})
	f.mu.Lock()
	defer f.mu.Unlock()
	s.ready = true
	f.ready++
	f.touch()
}
