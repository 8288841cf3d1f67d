package identity

// Person joins the principals of one person.
type Person struct{ Name, OS, Discord, HTTP string }

// Party is somebody on a surface: os, http or discord.
type Party struct {
	Surface string
	ID      string
	Name    string
	Client  string // the program in between, as it calls itself
}

// String returns surface:id.
func (p Party) String() string { return p.Surface + ":" + p.ID }
