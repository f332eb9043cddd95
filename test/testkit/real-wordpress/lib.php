<?php
// Loads WordPress for a command: as if a browser had come to the site's address.
$address = parse_url( getenv( 'WORDPRESS_URL' ) );
$_SERVER['HTTP_HOST']       = $address['host'] . ':' . $address['port'];
$_SERVER['SERVER_NAME']     = $address['host'];
$_SERVER['REQUEST_URI']     = '/';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';

function fail( $message ) {
	fwrite( STDERR, $message . "\n" );
	exit( 1 );
}

function made( $id ) {
	if ( is_wp_error( $id ) ) {
		fail( $id->get_error_message() );
	}
	return (int) $id;
}
