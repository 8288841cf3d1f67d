package gateway

import "encoding/json"

// scanner follows the frames of a WebSocket as the server sends them: without
// a mask, RFC 6455, 5.2.
type scanner struct {
	open    bool   // the answer to the handshake is over
	head    []byte // of the handshake's end, or of a frame
	left    uint64 // of the payload
	inside  bool   // of a payload
	payload []byte // its beginning
}

const (
	frameText  = 1
	frameClose = 8

	// noted is how much of a payload is looked at. The frames in question are
	// far shorter.
	noted = 128
)

// feed takes bytes that were read and returns how many of them may be handed
// on, and why the connection ends with them: the frame that says so is held
// back.
func (s *scanner) feed(p []byte) (int, *ending) {
	for n := 0; n < len(p); {
		switch {
		case !s.open:
			s.head = append(s.head, p[n])
			n++
			s.head = s.head[max(0, len(s.head)-4):]
			if string(s.head) == "\r\n\r\n" {
				s.open, s.head = true, nil
			}
		case !s.inside:
			s.head = append(s.head, p[n])
			n++
			s.begin()
		default:
			piece := p[n:]
			if uint64(len(piece)) > s.left {
				piece = piece[:s.left]
			}
			s.payload = append(s.payload, piece[:min(len(piece), noted-len(s.payload))]...)
			s.left -= uint64(len(piece))
			n += len(piece)
		}
		if s.inside && s.left == 0 {
			if end := s.frame(); end != nil {
				return n - 1, end // without its last byte the frame is none
			}
		}
	}
	return len(p), nil
}

// begin starts a payload where the head of the frame is complete.
func (s *scanner) begin() {
	size := 2
	if len(s.head) >= 2 {
		switch s.head[1] & 0x7f {
		case 126:
			size = 4
		case 127:
			size = 10
		}
	}
	if len(s.head) < size {
		return
	}
	s.left = uint64(s.head[1] & 0x7f)
	if size > 2 {
		s.left = 0
		for _, b := range s.head[2:size] {
			s.left = s.left<<8 | uint64(b)
		}
	}
	s.inside, s.payload = true, s.payload[:0]
}

// frame ends a frame and says whether the connection ends with it.
func (s *scanner) frame() *ending {
	kind, payload := s.head[0]&0x0f, s.payload
	s.inside, s.head = false, s.head[:0]
	switch {
	case kind == frameClose && len(payload) >= 2:
		return &ending{code: int(payload[0])<<8 | int(payload[1])}
	case kind == frameClose:
		return &ending{code: 1005}
	case kind == frameText && len(payload) < noted:
		var m struct {
			Op int `json:"op"`
		}
		if json.Unmarshal(payload, &m) == nil && (m.Op == opReconnect || m.Op == opInvalidSession) {
			return &ending{op: m.Op}
		}
	}
	return nil
}
