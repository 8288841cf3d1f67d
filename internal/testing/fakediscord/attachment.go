package fakediscord

import (
	"fmt"
	"net/http"
)

// attachment is a file that somebody put into a form.
type attachment struct {
	name string
	data []byte
	url  string // where it is said to be
}

// Attach keeps a file and returns its id, which [Fake.Submit] takes as the value
// of an input for files. It is said to be at a URL; "" = where it is.
func (f *Fake) Attach(name string, data []byte, url string) (id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id = f.nextID()
	if url == "" {
		url = fmt.Sprintf("%s/attachments/%s/file", f.URL, id)
	}
	f.attachments[id] = attachment{name, data, url}
	return id
}

// resolved are the files of the inputs of a form, by their ids.
func (f *Fake) resolved(inputs []Component, values map[string]string) map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]any{}
	for _, in := range inputs {
		if a, ok := f.attachments[values[in.CustomID]]; ok && in.Type == typeUpload {
			out[values[in.CustomID]] = map[string]any{
				"id": values[in.CustomID], "filename": a.name, "size": len(a.data), "url": a.url, "proxy_url": a.url, "ephemeral": true,
			}
		}
	}
	return out
}

func (f *Fake) getAttachment(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	a, ok := f.attachments[r.PathValue("id")]
	if r.Header.Get("Authorization") != "" {
		f.blame("the bot's token was sent for a file")
	}
	f.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(a.data)
}
