//! The crate on libvirt's own test driver, which needs no daemon and no guest.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hypervisor::auth::{Authenticate, Kind, Question};
use hypervisor::event::{Class, DomainEvent, Event, Subscription};
use hypervisor::flags::{
    Affect, BaselineFlags, DefineFlags, DestroyFlags, DomainFilter, DomainXml, StartFlags, UndefineFlags,
};
use hypervisor::{Connection, ErrorCode, OpenOptions, State};

fn connection() -> Connection {
    Connection::open(&OpenOptions::uri("test:///default")).unwrap()
}

#[test]
fn a_guest_lives_from_definition_to_undefinition() {
    let connection = connection();
    let xml = "<domain type='test'><name>web</name><memory>8192</memory><os><type>hvm</type></os></domain>";
    let web = connection.define_domain(xml, DefineFlags::NONE).unwrap();
    assert_eq!(web.name(), "web");
    assert_eq!(web.state().unwrap().state, State::Shutoff);
    web.start(StartFlags::NONE).unwrap();
    assert_eq!(web.state().unwrap().name(), "booted");
    web.suspend().unwrap();
    assert_eq!(web.info().unwrap().state, State::Paused);
    web.resume().unwrap();
    let running = connection.domains(DomainFilter::RUNNING).unwrap();
    assert!(running.iter().any(|domain| domain.name() == "web"));
    assert!(web.xml(DomainXml::NONE).unwrap().contains("<name>web</name>"));
    web.destroy(DestroyFlags::NONE).unwrap();
    web.undefine(UndefineFlags::NONE).unwrap();
    assert_eq!(connection.domain_by_name("web").unwrap_err().code, ErrorCode::NO_DOMAIN);
}

#[test]
fn an_error_says_what_was_attempted_and_keeps_libvirts_words() {
    let error = connection().domain_by_name("nobody").unwrap_err();
    assert_eq!(error.code, ErrorCode::NO_DOMAIN);
    assert!(error.code.is_missing());
    assert_eq!(error.message, "Domain not found");
    assert_eq!(error.to_string(), "cannot find domain 'nobody' on test:///default: Domain not found");
}

#[test]
fn a_text_with_a_nul_is_refused_before_libvirt_sees_it() {
    let error = connection().domain_by_name("a\0b").unwrap_err();
    assert_eq!(error.code, ErrorCode::INVALID_ARG);
}

#[test]
fn a_host_that_does_not_answer_costs_no_more_than_the_time_limit() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("test+tcp://127.0.0.1:{}/default", listener.local_addr().unwrap().port());
    let begun = Instant::now();
    let options = OpenOptions { time_limit: Some(Duration::from_millis(300)), ..OpenOptions::uri(uri) };
    let error = Connection::open(&options).unwrap_err();
    assert_eq!(error.code, ErrorCode::OPERATION_TIMEOUT);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_read_only_connection_changes_nothing() {
    let options = OpenOptions { read_only: true, ..OpenOptions::uri("test:///default") };
    let domain = Connection::open(&options).unwrap().domain_by_name("test").unwrap();
    assert_eq!(domain.suspend().unwrap_err().code, ErrorCode::OPERATION_DENIED);
}

#[test]
fn pools_networks_and_volumes_are_listed() {
    use hypervisor::flags::{NetworkFilter, PoolFilter};
    let connection = connection();
    assert_eq!(connection.networks(NetworkFilter::NONE).unwrap()[0].name(), "default");
    let pool = &connection.pools(PoolFilter::ACTIVE).unwrap()[0];
    assert_eq!((pool.name(), pool.volumes().unwrap().len()), ("default-pool", 0));
    assert_eq!(connection.node_info().unwrap().memory.0, 3_145_728);
}

fn next(subscription: &Subscription) -> Event {
    let (sender, receiver) = std::sync::mpsc::channel();
    let events = subscription.receiver().clone();
    std::thread::spawn(move || drop(sender.send(events.recv_blocking().unwrap())));
    receiver.recv_timeout(Duration::from_secs(10)).unwrap()
}

#[test]
fn events_arrive_in_order_as_messages() {
    let connection = connection();
    let subscription = connection.subscribe(&[Class::Lifecycle, Class::Closed]).unwrap();
    let test = connection.domain_by_name("test").unwrap();
    test.suspend().unwrap();
    test.resume().unwrap();
    for expected in [("Suspended", "Paused"), ("Resumed", "Unpaused")] {
        let Event::Domain(domain, DomainEvent::Lifecycle(event)) = next(&subscription) else { panic!() };
        assert_eq!(domain.name(), "test");
        assert_eq!((event.domain_event(), event.domain_detail()), expected);
    }
}

#[test]
fn every_class_that_the_driver_has_can_be_asked_for_and_left() {
    let connection = connection();
    for _ in 0..50 {
        let mut subscription = connection.subscribe(&[]).unwrap();
        for &class in Class::ALL {
            if let Err(error) = subscription.add(class) {
                assert!(error.code.is_unsupported() || error.code == ErrorCode::INVALID_ARG, "{error}");
            }
        }
        connection.network_by_name("default").unwrap().destroy().unwrap();
        connection.network_by_name("default").unwrap().start().unwrap();
        // The start of the round before may be told as late as this.
        while next(&subscription).object_lifecycle() != Some("Stopped") {}
    }
}

#[test]
fn a_subscription_to_one_domain_hears_of_no_other() {
    let connection = connection();
    let xml = "<domain type='test'><name>other</name><memory>8192</memory><os><type>hvm</type></os></domain>";
    let other = connection.define_domain(xml, DefineFlags::NONE).unwrap();
    let mut subscription = connection.subscribe(&[]).unwrap();
    subscription.add_for(Class::Lifecycle, &other).unwrap();
    connection.domain_by_name("test").unwrap().suspend().unwrap();
    other.start(StartFlags::NONE).unwrap();
    let Event::Domain(domain, _) = next(&subscription) else { panic!() };
    assert_eq!(domain.name(), "other");
}

/// Answers with a fixed name and password, and remembers what it was asked.
struct Answers(&'static str, Mutex<Vec<Kind>>);

impl Authenticate for Answers {
    fn answer(&self, question: &Question) -> Option<String> {
        self.1.lock().unwrap().push(question.kind);
        match question.kind {
            Kind::Hidden => Some(self.0.to_owned()).filter(|password| !password.is_empty()),
            Kind::Name | Kind::Visible => Some("ann".to_owned()),
        }
    }
}

#[test]
fn a_hypervisor_that_asks_who_the_user_is_gets_the_front_ends_answers() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let host = "<node><auth><user password='secret'>ann</user></auth></node>";
    std::fs::write(&file, host).unwrap();
    let open = |password| {
        let answers = Arc::new(Answers(password, Mutex::default()));
        let auth: Option<Arc<dyn Authenticate>> = Some(answers.clone());
        let uri = format!("test://{}", file.path().display());
        (Connection::open(&OpenOptions { auth, ..OpenOptions::uri(uri) }), answers)
    };
    let (connection, answers) = open("secret");
    assert!(connection.is_ok());
    assert_eq!(*answers.1.lock().unwrap(), [Kind::Name, Kind::Hidden]);
    assert_eq!(open("wrong").0.unwrap_err().code, ErrorCode::AUTH_FAILED);
    assert!(open("").0.is_err(), "an answer that was refused is no answer");
}

#[test]
fn subscriptions_and_connections_may_end_while_events_come() {
    for _ in 0..20 {
        let connection = connection();
        let test = connection.domain_by_name("test").unwrap();
        let busy = std::thread::spawn(move || {
            for _ in 0..20 {
                test.suspend().unwrap();
                test.resume().unwrap();
            }
        });
        for _ in 0..20 {
            let subscription = connection.subscribe(&[Class::Lifecycle, Class::Closed]).unwrap();
            // What has come so far keeps its domain, and so the connection, in use.
            drop(subscription.receiver().try_recv());
        }
        let last = connection.subscribe(&[Class::Lifecycle]).unwrap();
        drop(connection);
        busy.join().unwrap();
        drop(last);
    }
}

#[test]
fn the_hosts_processors_and_memory_are_told() {
    let connection = connection();
    let online: Vec<usize> =
        connection.cpu_map().unwrap().iter().enumerate().filter(|(_, on)| **on).map(|(at, _)| at).collect();
    assert_eq!(online, [0, 2, 4]);
    let count = connection.cpu_stats_count(-1).unwrap();
    let names: Vec<String> =
        connection.cpu_stats(-1, count).unwrap().into_iter().map(|figure| figure.name).collect();
    assert_eq!(names, ["user", "kernel", "idle", "iowait"]);
    assert_eq!(connection.cells_free_memory(0, 9).unwrap().len(), 2);
    assert_eq!(connection.free_pages(&[4, 2048], 0).unwrap().len(), 2);
    assert!(connection.memory_stats_count(-1).unwrap_err().code.is_unsupported());
    assert!(connection.set_memory_parameters(&[("shm_pages_to_scan", 1)]).unwrap_err().code.is_unsupported());
    let common = |cpus: &[&str]| {
        let cpus: Vec<String> = cpus
            .iter()
            .map(|model| format!("<cpu><arch>x86_64</arch><model>{model}</model></cpu>"))
            .collect();
        connection.baseline_cpu(&cpus, BaselineFlags::NONE)
    };
    assert!(common(&["Nehalem", "Westmere"]).unwrap().contains(">Nehalem</model>"));
    assert!(common(&[]).is_err());
}

#[test]
fn a_network_keeps_what_is_written_about_it() {
    let network = connection().network_by_name("default").unwrap();
    assert_eq!(network.title(Affect::CURRENT).unwrap(), "");
    network.set_title(Some("a & b"), Affect::CURRENT).unwrap();
    assert_eq!(network.title(Affect::CURRENT).unwrap(), "a & b");
    network.set_element(Some("<a/>"), "http://x", Some("k"), Affect::CURRENT).unwrap();
    assert_eq!(network.element("http://x", Affect::CURRENT).unwrap(), "<a/>");
    network.set_element(None, "http://x", None, Affect::CURRENT).unwrap();
    assert!(!network.element("http://x", Affect::CURRENT).is_ok_and(|element| !element.is_empty()));
    assert!(network.ports().unwrap_err().code.is_unsupported());
}

#[test]
fn many_domains_are_asked_at_once_and_answer_in_their_order() {
    const COUNT: usize = 100;
    let connection = connection();
    let domains: Vec<_> = (0..COUNT)
        .map(|number| {
            let xml = format!(
                "<domain type='test'><name>asked-{number}</name><title>title {number}</title>\
                 <memory>8192</memory><os><type>hvm</type></os></domain>"
            );
            connection.define_domain(&xml, DefineFlags::NONE).unwrap()
        })
        .collect();
    let title = |domain: &hypervisor::Domain| domain.title(Affect::CURRENT);
    let titles = connection.ask_each(&domains, title);
    for (number, found) in titles.into_iter().enumerate() {
        assert_eq!(found.unwrap(), format!("title {number}"));
    }
    domains[7].undefine(UndefineFlags::NONE).unwrap();
    let titles = connection.ask_each(&domains, title);
    let refused: Vec<usize> = (0..COUNT).filter(|&number| titles[number].is_err()).collect();
    assert_eq!(refused, [7], "one that is gone is nobody else's fault");
    for (number, domain) in domains.iter().enumerate().filter(|(number, _)| *number != 7) {
        assert!(connection.ask_each(std::slice::from_ref(domain), title)[0].is_ok(), "{number}");
        domain.undefine(UndefineFlags::NONE).unwrap();
    }
}
