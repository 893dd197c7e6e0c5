package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the PostgreSQL driver

	"rollcall/store"
)

// URLVariable names the setting of a PostgreSQL to use instead of one that the
// tests start: a URL whose user may create databases.
const URLVariable = "ROLLCALL_TEST_DATABASE"

// cluster is the PostgreSQL of this test process.
var cluster struct {
	once sync.Once
	url  string
	err  error
	stop func() error
	n    atomic.Int64
}

// Main runs the tests of a package and then stops the PostgreSQL that they
// started. A package that uses PostgreSQL calls it from its TestMain. It ends the
// process, so what a caller would defer goes into after.
func Main(m *testing.M, after ...func()) {
	code := m.Run()
	for _, clean := range after {
		clean()
	}
	if cluster.stop != nil {
		if err := cluster.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// PostgresURL gives the URL of a fresh, empty database on a real PostgreSQL. A
// machine without PostgreSQL fails the test.
func PostgresURL(t testing.TB) string {
	t.Helper()
	startForTests(t)
	return createDatabase(t, "")
}

// schema is a database of the cluster that has the present schema, and nothing else.
var schema struct {
	once sync.Once
	name string
}

// SchemaURL is PostgresURL for a database that has the present schema: it is copied,
// which costs a third of what making it anew does.
func SchemaURL(t testing.TB) string {
	t.Helper()
	startForTests(t)
	schema.once.Do(func() {
		name := fmt.Sprintf("rollcall_%d_schema", os.Getpid())
		admin(t, "CREATE DATABASE "+name)
		s, err := store.Open(context.Background(), store.Config{DataDir: t.TempDir(), DatabaseURL: urlOf(name)})
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		schema.name = name
	})
	if schema.name == "" {
		t.Fatal("the schema could not be made; see the first test that failed")
	}
	return createDatabase(t, " TEMPLATE "+schema.name+" STRATEGY FILE_COPY")
}

func startForTests(t testing.TB) {
	t.Helper()
	cluster.once.Do(startCluster)
	if cluster.err != nil {
		t.Fatalf("these tests need PostgreSQL (`make setup` installs it): %v", cluster.err)
	}
}

// createDatabase makes a database for the time of a test, and gives its URL.
func createDatabase(t testing.TB, how string) string {
	t.Helper()
	name := fmt.Sprintf("rollcall_%d_%d", os.Getpid(), cluster.n.Add(1))
	admin(t, "CREATE DATABASE "+name+how)
	t.Cleanup(func() { admin(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	return urlOf(name)
}

func urlOf(name string) string { return strings.Replace(cluster.url, "/postgres?", "/"+name+"?", 1) }

func admin(t testing.TB, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", cluster.url)
	if err == nil {
		defer db.Close()
		_, err = db.ExecContext(context.Background(), statement)
	}
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func startCluster() {
	if url := os.Getenv(URLVariable); url != "" {
		cluster.url = url
		return
	}
	cluster.url, cluster.stop, cluster.err = StartPostgres(false)
}

// StartPostgres starts a PostgreSQL of its own in a new folder, listening on a
// socket in that folder only. It is tuned like a small production server when
// durable, and otherwise forgets about the disk, for tests. stop ends it and
// removes the folder.
func StartPostgres(durable bool) (url string, stop func() error, err error) {
	bin, err := postgresBin()
	if err != nil {
		return "", nil, err
	}
	parent := ""
	if !durable {
		parent = folderForTests()
	}
	dir, err := os.MkdirTemp(parent, "rollcall-pg-")
	if err != nil {
		return "", nil, err
	}
	owner, err := postgresOwner(dir)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "rollcall", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
	initdb.SysProcAttr = owner
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(dir))
	}
	server := exec.Command(filepath.Join(bin, "postgres"), postgresArgs(data, dir, durable)...)
	server.SysProcAttr = owner
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return "", nil, err
	}
	server.Stdout, server.Stderr = log, log
	ended, err := startWithParent(server)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	stop = func() error {
		server.Process.Signal(syscall.SIGINT) // fast shutdown
		return errors.Join(<-ended, log.Close(), os.RemoveAll(dir))
	}
	url = fmt.Sprintf("postgres://rollcall@/postgres?host=%s&port=5432", dir)
	if err := awaitPostgres(url); err != nil {
		text, _ := os.ReadFile(log.Name())
		return "", nil, errors.Join(err, errors.New(string(text)), stop())
	}
	return url, stop, nil
}

// startWithParent starts a process that ends when this one does, even by a kill.
// The kernel watches the thread that started it, which therefore must stay.
func startWithParent(cmd *exec.Cmd) (ended <-chan error, err error) {
	started, done := make(chan error), make(chan error, 1)
	dieWithParent(cmd.SysProcAttr)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			done <- cmd.Wait()
		}
	}()
	return done, <-started
}

func postgresArgs(data, socketDir string, durable bool) []string {
	args := []string{"-D", data, "-k", socketDir, "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "max_wal_size=4GB", "-c", "log_min_messages=fatal"}
	buffers := "shared_buffers=512MB"
	if !durable {
		buffers = "shared_buffers=64MB" // every database that is dropped costs a pass over them
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	return append(args, "-c", buffers)
}

func awaitPostgres(url string) (err error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer db.Close()
	for range 600 {
		if err = db.Ping(); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// postgresBin finds the server's programs, the newest version first.
func postgresBin() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("no initdb on the PATH or in /usr/lib/postgresql")
	}
	sort.Strings(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// postgresOwner makes the folder belong to the user that the server runs as:
// PostgreSQL refuses to run as root, so that then it is the user "postgres".
func postgresOwner(dir string) (*syscall.SysProcAttr, error) {
	// The child gets a signal of its own, so that Ctrl-C in a terminal reaches
	// the tests only, and they stop the server in order.
	attr := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, errors.Join(err1, err2, os.Chown(dir, uid, gid))
}
