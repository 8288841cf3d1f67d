package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// controlPath is where a sandbox with Options.Control is steered:
//
//	POST   /_sandbox/faults    adds faults: lines as ParseFault reads them, or a JSON list of such texts or of objects with their settings
//	DELETE /_sandbox/faults    drops them
//	GET    /_sandbox/ledger    what was carried out, without SMPP passwords
//	GET    /_sandbox/charges   what was charged for, a month each
//	GET    /_sandbox/messages  the messages to sellers that were taken in
//	GET    /_sandbox/requests  the latest requests, without SMPP passwords
const controlPath = "/_sandbox/"

func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, controlPath) {
	case "POST faults":
		faults, err := readFaults(http.MaxBytesReader(w, r.Body, bodyMost))
		if err != nil {
			reply(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		s.Script(faults...)
		reply(w, http.StatusOK, map[string]int{"added": len(faults)})
	case "DELETE faults":
		s.ClearFaults()
		reply(w, http.StatusOK, map[string]int{"added": 0})
	case "GET ledger":
		entries, err := s.Ledger(r.Context())
		if err != nil {
			reply(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
			return
		}
		for i := range entries {
			entries[i].SMPPContact = maskSMPP(entries[i].SMPPContact)
		}
		reply(w, http.StatusOK, slices.Concat([]Entry{}, entries))
	case "GET charges":
		charges, err := s.Charges(r.Context())
		if err != nil {
			reply(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
			return
		}
		reply(w, http.StatusOK, slices.Concat([]Charge{}, charges))
	case "GET messages":
		sent, err := s.SentMessages(r.Context())
		if err != nil {
			reply(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
			return
		}
		reply(w, http.StatusOK, slices.Concat([]Sent{}, sent))
	case "GET requests":
		requests := s.Requests()
		for i, q := range requests {
			if smpp := q.Form.Get("smpp_contact"); smpp != "" {
				requests[i].Form = maps.Clone(q.Form)
				requests[i].Form.Set("smpp_contact", maskSMPP(smpp))
			}
		}
		reply(w, http.StatusOK, slices.Concat([]Request{}, requests))
	default:
		reply(w, http.StatusNotFound, map[string]string{"error": "there are POST and DELETE faults, GET ledger, GET charges, GET messages, GET requests"})
	}
}

func reply(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}

// maskSMPP hides the password of an SMPP contact, and all of what is not one.
func maskSMPP(s string) string {
	switch {
	case s == "":
		return ""
	case !smppContact(s):
		return "***"
	}
	parts := strings.SplitN(s, ":", 4)
	return parts[0] + ":" + parts[1] + ":***:" + parts[3]
}

// readFaults reads the body of POST faults.
func readFaults(r io.Reader) ([]Fault, error) {
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the faults: %w", err)
	}
	var texts []string
	if trimmed := strings.TrimSpace(string(body)); strings.HasPrefix(trimmed, "[") {
		if texts, err = faultTexts(body); err != nil {
			return nil, err
		}
	} else {
		texts = strings.Split(trimmed, "\n")
	}
	var faults []Fault
	for _, text := range texts {
		if strings.TrimSpace(text) == "" {
			continue
		}
		f, err := ParseFault(text)
		if err != nil {
			return nil, err
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// faultTexts brings a JSON list of texts and objects into the text form.
func faultTexts(body []byte) ([]string, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(body, &items); err != nil {
		return nil, fmt.Errorf("read the faults: %w", err)
	}
	var texts []string
	for _, item := range items {
		var text string
		if json.Unmarshal(item, &text) == nil {
			texts = append(texts, text)
			continue
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(item, &fields); err != nil {
			return nil, fmt.Errorf("a fault is a text or an object: %w", err)
		}
		text = plain(fields["kind"])
		if op, ok := fields["operation"]; ok {
			text = plain(op) + ":" + text
		}
		for _, key := range slices.Sorted(maps.Keys(fields)) {
			if key != "operation" && key != "kind" {
				text += fmt.Sprintf(" %s=%q", key, plain(fields[key]))
			}
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// plain returns a JSON string's text, and other JSON as it is written.
func plain(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
