package gateway

// Scan feeds chunks of a connection to a scanner and returns how many bytes
// of it are handed on, the close code or operation it ends with, and whether it
// ends.
func Scan(chunks ...[]byte) (kept, code, op int) {
	var s scanner
	for _, c := range chunks {
		n, end := s.feed(c)
		kept += n
		if end != nil {
			return kept, end.code, end.op
		}
	}
	return kept, 0, 0
}
