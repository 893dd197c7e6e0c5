package server

import (
	"path/filepath"
	"time"

	"rollcall"
)

// Storage says where Rollcall keeps things. Every command takes it.
type Storage struct {
	Data string `default:"./rollcall-data" placeholder:"DIR" help:"Folder for the master key (unless ROLLCALL_MASTER_KEY holds it) and, without --database, the SQLite database; ./rollcall-data by default."`
	// Database moves the rows to PostgreSQL; any number of processes may share it,
	// as long as they have the same master key.
	Database string `placeholder:"URL" help:"PostgreSQL to use instead of SQLite: postgres://user:password@host:5432/name."`
	// Connections is a limit of the database's, not of ours: 20 leave room for
	// four processes on a PostgreSQL with its default of 100.
	Connections int `default:"20" help:"Most connections to PostgreSQL of this process."`
	Limits
}

// Limits are what an account may have at most. They are Storage's, since commands
// write too, and stand far above what is usual for a hosted service: there they
// meter customers, here they are to stop a program that has run wild.
type Limits struct {
	// MaxLists bounds the answer of getAllListDetails, which holds every list of an
	// application: 10,000 are about 8 MB.
	MaxLists int64 `default:"10000" help:"Most contact lists of an account; 0: any number."`
	// MaxListContacts is far more than a campaign can call.
	MaxListContacts int64 `default:"50000000" help:"Most contacts of one list; 0: any number."`
	// MaxContacts is for who serves several accounts on one disk. It is off, since
	// only the operator knows the disk.
	MaxContacts int64 `default:"0" help:"Most contacts of an account in all its lists; 0: any number."`
	// MaxFile is off: a file is read as it comes, whatever its size, and only the
	// disk bounds it.
	MaxFile int64 `default:"0" help:"Largest file that is uploaded, or imported by the command, in bytes; 0: any size."`
	// MaxCampaignLists bounds what a claim reads each time: the names of the lists.
	MaxCampaignLists int64 `default:"100" help:"Most contact lists that a campaign names; 0: any number."`
	// MaxCalls is off: only the operator knows how many lines there are.
	MaxCalls int64 `default:"0" help:"Most contacts that dialers of an account hold at once, in all its campaigns; 0: any number."`
}

func (l Limits) domain() rollcall.Limits {
	return rollcall.Limits{Lists: l.MaxLists, ContactsPerList: l.MaxListContacts, Contacts: l.MaxContacts, FileSize: l.MaxFile, CampaignLists: l.MaxCampaignLists, Calls: l.MaxCalls}
}

// FilesPlace is where uploaded files go: the setting, or the folder files in the
// data folder.
func (c *Config) FilesPlace() string {
	if c.Files == "" {
		return filepath.Join(c.Data, "files")
	}
	return c.Files
}

// Config is every setting of the server, with its default and the reason for it.
type Config struct {
	Storage
	// Listen is the loopback by default: whoever opens the port to others puts a
	// proxy with TLS before it.
	Listen string `default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Address to listen on; 127.0.0.1:8080 by default."`
	Demo   bool   `help:"Make a demo account with lists, and print a curl line that works."`

	// RateLimit is for one app on one process. It is there to keep one runaway
	// program from starving the others, not to meter anyone: 500 calls a second
	// are far more than a campaign needs.
	RateLimit float64 `default:"500" help:"Calls a second that one app may make of this process; 0: any number."`
	// RateBurst lets an app that was silent catch up.
	RateBurst int `default:"1000" help:"Calls that an app may make at once after a pause."`

	// RequestTimeout bounds reading a request, working on it and answering it.
	// 50,000 contacts over a slow line take most of it.
	RequestTimeout time.Duration `default:"60s" help:"Longest time for one request."`
	// HeaderTimeout is short, since a header is small and comes first.
	HeaderTimeout time.Duration `default:"10s" help:"Longest time for the header of a request."`
	// MaxHeader holds a token of 8 KiB and the rest of a header with ease.
	MaxHeader int `default:"32768" help:"Largest header of a request, in bytes."`
	// MaxBody is for every call but addContacts: they carry a few fields.
	MaxBody int64 `default:"1048576" help:"Largest body of a request, in bytes."`
	// MaxContactsBody is for addContacts: 50,000 contacts of more than 1 KB each.
	MaxContactsBody int64 `default:"67108864" help:"Largest body of an addContacts call, in bytes."`
	// ShutdownDelay gives a load balancer time to see /readyz say no before the
	// listener closes. Alone, a server need not wait.
	ShutdownDelay time.Duration `default:"0s" help:"How long a stop goes on taking requests while /readyz says no."`
	// ShutdownTimeout is how long a stop waits for what has begun: as long as one
	// request may take.
	ShutdownTimeout time.Duration `default:"60s" help:"How long a stop waits for requests that have begun."`

	// Files is apart from the data folder where several machines serve: each must
	// see every file.
	Files string `placeholder:"PLACE" help:"Where uploaded files go: a folder, or s3://bucket/prefix?region=…&endpoint=… with the credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the folder files in the data folder by default."`
	// KeepFiles is a week: time to look at what an import made of a file, and to
	// import it again in another way, without asking for the file again.
	KeepFiles time.Duration `default:"168h" help:"How long an uploaded file stays of which nothing more comes and which no import needs; 0: for ever."`
	// KeepUndo is a week as well: longer than it takes to find that a list was
	// replaced by the wrong one, and nightly replacements fill no disk.
	KeepUndo time.Duration `default:"168h" help:"How long what a replacement took away stays for an undo, what a failed one gathered for a retry, and a dry run to be read; 0: for ever."`

	// ImportWorkers is two: while one import waits for the database, another reads
	// its file. With 0 this process runs no imports, and leaves them to others.
	ImportWorkers int `default:"2" help:"Imports that this process runs at the same time; 0: none, other processes do."`
	// ImportBlock is what measures fastest. Other writers wait for the block that is
	// being written: some 0.4 s with the default.
	ImportBlock int64 `default:"50000" help:"Rows that an import commits together."`
	// MaxUnpacked stops an archive that was made to fill the disk or the processor.
	MaxUnpacked int64 `default:"68719476736" help:"Most bytes that a packed file may hold."`

	// AnswerCache holds some hundred answers of 1,000 lists, or many thousands of
	// twenty.
	AnswerCache int64 `default:"67108864" help:"Memory for kept answers about contact lists, in bytes."`

	LogFormat string `default:"text" enum:"text,json" help:"Form of the log on standard error: text or json."`
	LogLevel  string `default:"info" enum:"debug,info,warn,error" help:"Least level of what is logged: debug, info, warn or error."`
}
