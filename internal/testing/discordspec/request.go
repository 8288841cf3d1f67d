package discordspec

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// Request is a request that a bot made.
type Request struct {
	Method string
	Path   string // "/api/v10/channels/…", with or without query; what comes before "/channels" may be absent
	Header http.Header
	Body   []byte
}

// opened is a request taken apart.
type opened struct {
	report
	method string
	path   []string // below /api/v10
	query  url.Values
	header http.Header
	act    act
	token  string // the secret that is in the path, "" = none
	media  string // type of the body
	bare   bool   // there is no body
	body   any    // its JSON
	files  []string
}

func open(r Request) *opened {
	q := &opened{method: r.Method, header: r.Header, bare: len(r.Body) == 0}
	path, query, _ := strings.Cut(r.Path, "?")
	q.query, _ = url.ParseQuery(query)
	q.path = segments(path)
	if q.path[0] == "api" {
		q.version()
	}
	q.act = actOf(q.method, q.path)
	if len(q.path) > 2 && (q.path[0] == "interactions" || q.path[0] == "webhooks") {
		q.token = q.path[2]
	}
	if !q.bare {
		q.read(r.Body)
	}
	return q
}

// version takes /api/v10 away.
func (q *opened) version() {
	q.path = q.path[1:]
	if len(q.path) == 0 || q.path[0] == "" || q.path[0][0] != 'v' || !digits(q.path[0][1:]) {
		q.add("", "the path names no version of the API, want /api/v10")
		return
	}
	if v := q.path[0]; v != "v9" && v != "v10" {
		q.add("", "the path is of version %s of the API, want v10", v)
	}
	q.path = q.path[1:]
}

// read reads the JSON of a body, or of the part of a form that has it.
func (q *opened) read(body []byte) {
	media, params, err := mime.ParseMediaType(q.header.Get("Content-Type"))
	switch {
	case err != nil:
		q.add("", "the body has no content type")
		return
	case media == "multipart/form-data":
		body = q.form(body, params["boundary"])
	case media != "application/json":
		q.add("", "the body is of type %s, want application/json", media)
		return
	}
	q.media = media
	if body == nil {
		return
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&q.body); err != nil {
		q.add("", "the body is not JSON")
		return
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		q.add("", "the body goes on after its JSON")
	}
}

// form reads the parts of a form and returns the one with the JSON.
func (q *opened) form(body []byte, boundary string) []byte {
	var payload []byte
	for parts := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			q.add("", "the form can't be read")
			return payload
		}
		data, _ := io.ReadAll(part)
		if part.FormName() == "payload_json" {
			payload = data
			continue
		}
		q.files = append(q.files, part.FormName())
		if part.FileName() == "" {
			q.add(place(part.FormName()), "the file has no name")
		}
	}
	if payload == nil {
		q.add("", "the form has no part payload_json")
	}
	return payload
}

// masked is the path without what is secret in it.
func (q *opened) masked() string {
	path := append([]string(nil), q.path...)
	if q.token != "" {
		path[2] = "…"
	}
	return "/" + strings.Join(path, "/")
}

// sentences is what was found, without the token, should it be there.
func (q *opened) sentences() []string {
	const shortest = 8 // a shorter one is part of too many words
	if len(q.token) < shortest {
		return q.list
	}
	for i, s := range q.list {
		q.list[i] = strings.ReplaceAll(s, q.token, "…")
	}
	return q.list
}
